import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import type { OwnWordCommand, RecordingNumber } from '@mynah/shared/wire/own-words.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type OwnWordEars, openOwnWordEars } from '../../src/wake/own-word-ears.ts'
import { createOwnWordsAtSpeaker } from '../../src/wake/own-words-at-speaker.ts'
import { createOwnWordsFile } from '../../src/wake/own-words-file.ts'
import { framesOf } from '../recordings.ts'
import { espeak, speak } from './synthetic-voice.ts'

const mandarin = 'espeak:cmn-latn-pinyin'
const xiaozhi = 'xiao3zhi4xiao3zhi4'
const silence = (ms: number) => new Int16Array(ms * 16)
const quieter = (sound: Int16Array, by: number) => sound.map((sample) => Math.round(sample / by))

let dir = ''
let ears: OwnWordEars
beforeAll(async () => {
  ears = await openOwnWordEars()
})
afterAll(() => ears.close())
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mynah-own-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const start = (options: { readonly configured?: readonly string[] } = {}) => {
  const clock = createManualClock()
  const at = { cues: 0, shown: [] as boolean[], inForce: 0, hindrance: undefined as 'muted' | 'busy' | undefined }
  const file = createOwnWordsFile(dir, silentLog)
  const own = createOwnWordsAtSpeaker({
    clock,
    file,
    openEars: async () => ({ ...ears, close: async () => {} }),
    cue: () => {
      at.cues++
    },
    onRecording: (recording) => void at.shown.push(recording),
    hindrance: () => at.hindrance,
    configuredWords: () => options.configured ?? ['hey_jarvis'],
    putIntoForce: async () => {
      at.inForce++
    },
  })
  /** Somebody says `sound` once the speaker listens. */
  const record = async (recording: RecordingNumber, sound: Int16Array, word = '小智小智') => {
    const outcome = own.receive({ type: 'record_own_word', word, recording })
    let isOver = false
    void outcome.finally(() => {
      isOver = true
    })
    while (!own.isRecording() && !isOver) await systemClock.sleep(1)
    for (const frame of framesOf(concatSamples([silence(600), sound, silence(7_000)]))) {
      if (isOver) break
      own.hear(frame)
      await clock.advance(20)
      // The ears think on threads of their own.
      if (own.isRecording()) await systemClock.sleep(1)
    }
    return outcome
  }
  const say = (rate: number) => speak(xiaozhi, mandarin, rate)
  const ask = (command: OwnWordCommand) => own.receive(command)
  return { own, at, file, record, say, ask }
}

describe.skipIf(!espeak.isMet)(espeak.naming('a wake word that is recorded from the panel'), () => {
  it('is learned from three good recordings, each told with its quality, and comes into force', async () => {
    const { record, say, at, file } = start()
    expect(await record(1, say(140))).toMatchObject({
      ok: true,
      report: { words: [], recording: { recording: 1, quality: 'good', learned: false } },
    })
    expect(await record(2, say(150))).toMatchObject({ report: { recording: { quality: 'good', learned: false } } })
    expect(await file.read()).toEqual([])
    const last = await record(3, say(160))
    expect(last).toMatchObject({
      report: {
        words: [{ word: '小智小智', active: true }],
        recording: { recording: 3, quality: 'good', learned: true },
      },
    })
    expect((await file.read())[0]?.templates).toHaveLength(3)
    expect(at).toMatchObject({ cues: 3, inForce: 1, shown: [true, false, true, false, true, false] })
  })
  it('says of each bad recording what was wrong, and asks for the same one again', async () => {
    const { record, say, file } = start()
    const qualityOf = (outcome: Awaited<ReturnType<typeof record>>) =>
      outcome.ok ? outcome.report.recording?.quality : outcome.error.code
    expect(qualityOf(await record(1, silence(100)))).toBe('no_voice')
    expect(qualityOf(await record(1, speak('ni3', mandarin, 300)))).toBe('too_short')
    expect(qualityOf(await record(1, quieter(say(150), 60)))).toMatch(/too_quiet|no_voice/)
    expect(qualityOf(await record(1, concatSamples([say(120), say(120), say(120)])))).toBe('too_long')
    expect(qualityOf(await record(1, say(140)))).toBe('good')
    expect(qualityOf(await record(2, speak('jin1tian1 tian1qi4', mandarin, 150)))).toBe('not_alike')
    expect(qualityOf(await record(2, say(150)))).toBe('good')
    expect(qualityOf(await record(3, say(160)))).toBe('good')
    expect(await file.read()).toHaveLength(1)
  })
  it('begins anew with recording 1, and never mixes two words', async () => {
    const { record, say, file } = start()
    await record(1, say(140))
    expect(await record(2, say(150), 'other')).toMatchObject({ ok: false, error: { code: 'recordings_lost' } })
    await record(1, say(140))
    expect(await record(3, say(150))).toMatchObject({ ok: false, error: { code: 'recordings_lost' } })
    expect(await file.read()).toEqual([])
  })
})

describe('the own words of a speaker that runs', () => {
  const word = { word: '小智小智', templates: [new Float32Array(96).fill(1)] }

  it('are given up while one is recorded and the speaker stops, and refused from then on', async () => {
    const { own, ask, at } = start()
    const recorded = ask({ type: 'record_own_word', word: 'x', recording: 1 })
    const waiting = ask({ type: 'list_own_words' })
    while (!own.isRecording()) await systemClock.sleep(1)
    await own.stop()
    expect(own.isRecording()).toBe(false)
    expect(at.shown).toEqual([true, false])
    expect(await recorded).toMatchObject({ ok: true, report: { recording: { quality: 'no_voice' } } })
    for (const outcome of [await waiting, await ask({ type: 'record_own_word', word: 'x', recording: 1 })]) {
      expect(outcome).toMatchObject({ ok: false, error: { code: 'stopping' } })
    }
  })
  it('gives no cue when the speaker stops before it listens', async () => {
    const { own, ask, at } = start()
    const recorded = ask({ type: 'record_own_word', word: 'x', recording: 1 })
    await own.stop()
    expect(await recorded).toMatchObject({ ok: false })
    expect(at.cues).toBe(0)
  })

  it('are not recorded while the microphone is muted or the speaker is busy, and no cue is given then', async () => {
    const { ask, at } = start()
    for (const hindrance of ['muted', 'busy'] as const) {
      at.hindrance = hindrance
      expect(await ask({ type: 'record_own_word', word: 'x', recording: 1 })).toMatchObject({
        ok: false,
        error: { code: hindrance },
      })
    }
    expect(at.cues).toBe(0)
  })
  it('are at most three, and none is called like a built-in one', async () => {
    const { ask, file } = start()
    for (const name of ['a', 'b', 'c']) await file.add({ ...word, word: name })
    expect(await ask({ type: 'record_own_word', word: 'd', recording: 1 })).toMatchObject({
      error: { code: 'too_many_words' },
    })
    expect(await ask({ type: 'record_own_word', word: 'alexa', recording: 1 })).toMatchObject({
      error: { code: 'built_in_word' },
    })
  })
  it('are listed, put to rest, woken and forgotten', async () => {
    const { ask, at, file } = start()
    await file.add(word)
    const listed = (active: boolean) => ({ ok: true, report: { words: [{ word: '小智小智', active }] } })
    expect(await ask({ type: 'list_own_words' })).toEqual(listed(true))
    expect(await ask({ type: 'set_own_word', word: '小智小智', active: false })).toEqual(listed(false))
    expect(await ask({ type: 'set_own_word', word: '小智小智', active: true })).toEqual(listed(true))
    expect(await ask({ type: 'forget_own_word', word: '小智小智' })).toEqual({ ok: true, report: { words: [] } })
    expect(at.inForce).toBe(3)
    expect(await ask({ type: 'forget_own_word', word: '小智小智' })).toMatchObject({ error: { code: 'unknown_word' } })
  })
  it('stay as they are while the configuration names them', async () => {
    const { ask, file } = start({ configured: ['小智小智'] })
    await file.add(word)
    for (const command of [
      { type: 'forget_own_word', word: '小智小智' },
      { type: 'set_own_word', word: '小智小智', active: false },
    ] as const) {
      expect(await ask(command)).toMatchObject({ ok: false, error: { code: 'word_configured' } })
    }
    expect(await file.read()).toEqual([word])
  })
})
