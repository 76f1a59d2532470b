import { readdir } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { expect, it } from 'vitest'
import { answers } from './conversation.ts'
import { createHouse, type House } from './house.ts'

/** `MYNAH_TURNS` plays more of them. */
const turns = Number(process.env.MYNAH_TURNS ?? 2_000)
/** What one turn may leave in memory: what is kept of each is rarely smaller. */
const mostBytesPerTurn = 300

setFlagsFromString('--expose_gc')
const collectGarbage: () => void = runInNewContext('gc')

const memory = async () => {
  for (let i = 0; i < 4; i++) {
    collectGarbage()
    await systemClock.sleep(20)
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return { heapUsed, external: external + arrayBuffers }
}

const until = async (house: House, holds: () => boolean) => {
  for (let i = 0; i < 5_000 && !holds(); i++) {
    await house.clock.advance(20)
    // Encoders in slices and the disk live on real ticks.
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(holds()).toBe(true)
}

/** A turn, and now and then what else happens to a speaker: a timer that rings, another volume, a cloud that goes and comes back. */
const live = async (house: House, turn: number) => {
  house.wake()
  house.silenceFor(200)
  house.speech(400)
  await until(house, () => house.of('turn_ended').length > 0)
  expect(house.of('turn_ended').map((event) => event.reason)).toEqual(['completed'])
  if (turn % 5 === 0) {
    house.cloud.send('command', { command_id: `volume-${turn}`, command: { type: 'set_volume', volume: turn % 100 } })
    await until(house, () => house.cloud.of('command/ack').length > 0)
  }
  if (turn % 10 === 0) {
    const firesAt = instant(house.clock.wallTime().getTime() + 2_000).toISOString()
    const item = { item_id: `timer-${turn}`, kind: 'timer', fires_at: firesAt } as const
    house.cloud.send('schedule', { change: { action: 'set', change_id: `set-${turn}`, item } })
    await until(house, () => house.of('schedule_fired').length > 0)
    house.speaker.pressButton()
    await until(house, () => house.of('ringing_changed').some((event) => !event.ringing))
  }
  if (turn % 20 === 0) {
    house.cloud.breakBroker()
    await house.pass(100)
    house.cloud.repairBroker()
    await until(house, () => house.speaker.isOnline())
  }
  await until(house, () => house.speaker.phase() === 'idle')
  house.forget()
}

it(`a speaker keeps nothing of a turn, in memory or on its card (${turns} turns)`, async () => {
  const house = await createHouse({ onMessage: answers({ frames: 3 }) })
  try {
    house.silenceFor(2_000)
    await house.pass(2_000)
    const measured: Awaited<ReturnType<typeof memory>>[] = []
    let files: string[] = []
    for (let turn = 1; turn <= turns; turn++) {
      await live(house, turn)
      if (turn % (turns / 4) !== 0) continue
      await house.settle()
      measured.push(await memory())
      if (measured.length === 2) files = (await readdir(house.storeDir)).sort()
    }
    // Compiled code and wavering figures make one quarter or another grow by some 100 KB; what is kept of each turn, all of them.
    const perTurn = (key: 'heapUsed' | 'external') => {
      const growth = measured.slice(1).map((later, index) => later[key] - (measured[index]?.[key] ?? 0))
      return Math.min(...growth) / (turns / 4)
    }
    expect(perTurn('heapUsed'), JSON.stringify(measured)).toBeLessThan(mostBytesPerTurn)
    expect(perTurn('external'), JSON.stringify(measured)).toBeLessThan(mostBytesPerTurn)
    expect((await readdir(house.storeDir)).sort()).toEqual(files)
  } finally {
    await house.close()
  }
}, 3_600_000)
