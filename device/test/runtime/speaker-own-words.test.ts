import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@mynah/shared/time/clock.ts'
import type { OwnWordCommand } from '@mynah/shared/wire/own-words.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { ownWordsFileName } from '../../src/wake/own-words-file.ts'
import { embeddingSize } from '../../src/wake/speech-embedding.ts'
import { createHouse, type House } from './house.ts'

let house: House | undefined
afterEach(async () => {
  await house?.close()
  house = undefined
})

const loud = 1_000
/** Any loud frame is a voice, and every word sounds alike. */
const simpleEars = async () => ({
  voiceActivity: {
    hear: async (frame: Int16Array) => ((frame[1] ?? 0) > loud ? 0.95 : 0.02),
    reset: () => {},
    close: async () => {},
  },
  embedder: { embed: async () => new Float32Array(embeddingSize).fill(1), reset: () => {} },
  close: async () => {},
})

const ask = async (at: House, commandId: string, command: OwnWordCommand, speak = () => {}) => {
  at.cloud.send('command', { command_id: commandId, command })
  const answer = () => at.cloud.of('command/ack').find(({ command_id }) => command_id === commandId)
  await at.settle()
  speak()
  for (let tries = 0; tries < 100 && !answer(); tries++) {
    await at.passSlowly(100)
    await at.settle()
  }
  return answer()
}
const record = (at: House, recording: 1 | 2 | 3, speak: () => void) =>
  ask(at, `record-${recording}`, { type: 'record_own_word', word: 'mynah', recording }, speak)

describe('a speaker that runs and learns a word of its owner', () => {
  it('hears it three times at its own microphone, is woken by none of them, and sends no sound', async () => {
    const at = await createHouse({ openOwnWordEars: simpleEars })
    house = at
    const heardBefore = at.heard.length
    for (const recording of [1, 2, 3] as const) {
      const ack = await record(at, recording, () => {
        at.silenceFor(600)
        at.speech(400)
        at.wake()
        at.speech(400)
      })
      expect(ack).toMatchObject({ ok: true, report: { recording: { quality: 'good', learned: recording === 3 } } })
    }
    expect(at.cloud.of('wake')).toEqual([])
    const shown = at.of('own_word_recording_changed').map(({ recording }) => recording)
    expect(shown).toEqual([true, false, true, false, true, false])
    expect(at.cloud.of('command/ack').every((ack) => JSON.stringify(ack).length < 500)).toBe(true)
    expect(await readFile(join(at.storeDir, ownWordsFileName), 'utf8')).toContain('mynah')
    const cue = at.heard.slice(heardBefore).filter((frame) => frame.some((sample) => sample !== 0))
    expect(cue.length, 'frames of the sound that says that it listens').toBeGreaterThan(10)
    at.wake()
    await at.passSlowly(100)
    expect(at.cloud.of('wake')).toHaveLength(1)
  })
  it('has the word on disk when it has stopped, also when it was just being learned', async () => {
    let learned = 0
    const thoughtful = async () => ({
      ...(await simpleEars()),
      embedder: {
        embed: async () => {
          await systemClock.sleep(5)
          learned++
          return new Float32Array(embeddingSize).fill(1)
        },
        reset: () => {},
      },
    })
    const at = await createHouse({ openOwnWordEars: thoughtful })
    const speak = () => {
      at.silenceFor(600)
      at.speech(800)
    }
    await record(at, 1, speak)
    await record(at, 2, speak)
    const before = learned
    at.cloud.send('command', {
      command_id: 'last',
      command: { type: 'record_own_word', word: 'mynah', recording: 3 },
    })
    await at.settle()
    speak()
    while (learned === before) await at.passSlowly(20)
    await at.close(true)
    expect(await readFile(join(at.storeDir, ownWordsFileName), 'utf8')).toContain('mynah')
    await rm(at.storeDir, { recursive: true })
  })
  it('records nobody while its microphone is muted', async () => {
    const at = await createHouse({ openOwnWordEars: simpleEars })
    house = at
    at.speaker.setMuted(true)
    expect(await record(at, 1, () => {})).toMatchObject({ ok: false, error: { code: 'muted' } })
  })
  it('says that it cannot where it has no ears for that', async () => {
    const at = await createHouse()
    house = at
    expect(await ask(at, 'list', { type: 'list_own_words' })).toMatchObject({ error: { code: 'not_supported' } })
  })
})
