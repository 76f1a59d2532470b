import { afterEach, describe, expect, it } from 'vitest'
import { SoundDeviceError } from '../../src/audio/backends/sound-device-error.ts'
import { createHouse, type House } from '../runtime/house.ts'

let house: House | undefined
afterEach(async () => {
  await house?.close()
  house = undefined
})

const examine = async (at: House, commandId: string) => {
  at.cloud.send('command', { command_id: commandId, command: { type: 'doctor' } })
  const answer = () => at.cloud.of('command/ack').find(({ command_id }) => command_id === commandId)
  for (let tries = 0; tries < 100 && !answer(); tries++) {
    await at.passSlowly(100)
    await at.settle()
  }
  // What the speaker reports; its shape is what is tested.
  return answer()?.report as {
    healthy: boolean
    findings: { check: string; level: string; code: string; text: string }[]
  }
}

describe('a speaker that runs and is told to examine itself', () => {
  it('chirps once, and answers with findings beside its counters', async () => {
    house = await createHouse()
    house.speech(500)
    await house.passSlowly(3_000)
    const heardBefore = house.heard.length
    const report = await examine(house, 'first')
    expect(report.findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'microphone',
        'noise',
        'echo',
        'clock',
        'wifi',
        'owner',
        'broker',
        'udp',
        'models',
        'disk',
      ]),
    )
    expect(report.findings.find(({ check }) => check === 'broker')?.level).toBe('good')
    expect(report).toMatchObject({ microphoneFailures: 0, sound_via: 'udp', volume: 60 })
    const sounding = house.heard.slice(heardBefore).filter((frame) => frame.some((sample) => sample !== 0))
    expect(sounding.length * 10, 'ms of chirp').toBe(250)
  })
  it('names what is wrong in its own language', async () => {
    house = await createHouse()
    house.cloud.send('config', { version: 1, language: 'zh', muted: true })
    await house.settle()
    const muted = await examine(house, 'muted')
    expect(muted.findings[0]).toMatchObject({ check: 'microphone', level: 'note', code: 'muted' })
    expect(muted.findings[0]?.text).toMatch(/静音/)
    house.unplug(new SoundDeviceError('not_found', 'no such device'))
    await house.passSlowly(500)
    const gone = await examine(house, 'gone')
    expect(gone.healthy).toBe(false)
    expect(gone.findings[0]).toMatchObject({ level: 'bad', code: 'not_found' })
  })
})
