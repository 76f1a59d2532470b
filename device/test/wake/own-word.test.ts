import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { both } from '../../../test/requirement.ts'
import type { Microphone } from '../../src/audio/ports.ts'
import { createClaimFile } from '../../src/claim/claim-file.ts'
import { createSileroVad } from '../../src/vad/silero.ts'
import type { VoiceActivityDetector } from '../../src/vad/voice-activity.ts'
import { createOpenWakeWord } from '../../src/wake/open-wake-word.ts'
import { distanceTo, judgeRecordings, type OwnWord } from '../../src/wake/own-word.ts'
import { enrolOwnWord, forgetWord, listWords } from '../../src/wake/own-words-commands.ts'
import { createOwnWordsFile, ownWordsFileName } from '../../src/wake/own-words-file.ts'
import { recordOwnWord } from '../../src/wake/record-own-word.ts'
import { createSpeechEmbedder, embeddingSize, type SpeechEmbedder } from '../../src/wake/speech-embedding.ts'
import { framesOf } from '../recordings.ts'
import { hearAll } from './contract.ts'
import { espeak, flite, speak, type Voice } from './synthetic-voice.ts'

const mandarin: Voice = 'espeak:cmn-latn-pinyin'
/** 小智小智, spelled for the voice. */
const xiaozhi = 'xiao3zhi4xiao3zhi4'
const silence = (ms: number) => new Int16Array(ms * 16)
/** Somebody who speaks, pauses, speaks again. */
const saying = (sounds: readonly Int16Array[]) =>
  concatSamples([silence(400), ...sounds.flatMap((sound) => [sound, silence(1_200)])])
const microphoneHearing = (sound: Int16Array): Microphone => ({
  frames: async function* () {
    yield* framesOf(sound)
  },
})

/** One row that points to `angle` of a circle. */
const rows = (...angles: readonly number[]) => {
  const template = new Float32Array(angles.length * embeddingSize)
  for (const [index, angle] of angles.entries()) {
    template[index * embeddingSize] = Math.cos(angle)
    template[index * embeddingSize + 1] = Math.sin(angle)
  }
  return template
}

describe('the distance between a recording and what is heard', () => {
  it('is nothing for the same, also when it was said slower or faster, and whatever came before', () => {
    expect(distanceTo(rows(0, 1, 2, 3), rows(0, 1, 2, 3))).toBeCloseTo(0, 5)
    expect(distanceTo(rows(0, 1, 2, 3), rows(5, 6, 0, 0, 1, 1, 2, 2, 3, 3))).toBeCloseTo(0, 5)
    expect(distanceTo(rows(0, 0, 1, 1, 2, 2, 3), rows(5, 0, 1, 2, 3))).toBeCloseTo(0, 5)
  })
  it('is for what ends now: a word that is over, or only begun, is none', () => {
    expect(distanceTo(rows(0, 1, 2), rows(0, 1, 2, 5))).toBeGreaterThan(0.2)
    expect(distanceTo(rows(0, 1, 2, 3), rows(5, 5, 0, 1))).toBeGreaterThan(0.2)
  })
  it('is 1 where nothing can be compared', () => {
    expect(distanceTo(rows(0, 1), new Float32Array())).toBe(1)
    expect(distanceTo(rows(0, 0.1, 0.2, 0.3), rows(0))).toBe(1)
  })
  it('tells recordings of one word from recordings of two', () => {
    expect(judgeRecordings([rows(0, 1, 2), rows(0, 1, 1, 2), rows(0, 1, 2)])).toMatchObject({ ok: true })
    expect(judgeRecordings([rows(0, 1, 2), rows(0, 1, 2), rows(3, 4, 5)])).toMatchObject({ ok: false })
  })
})

describe('the file of own words', () => {
  let dir = ''
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mynah-words-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))
  const word: OwnWord = { word: '小智小智', templates: [rows(0, 1, 2), rows(0, 1), rows(1, 2)] }

  it('gives words back as they were added, to this user only, and replaces one of the same name', async () => {
    const file = createOwnWordsFile(dir, silentLog)
    expect(await file.read()).toEqual([])
    await file.add({ ...word, templates: [rows(4)] })
    await file.add({ ...word, word: 'computer' })
    await file.add(word)
    expect(await createOwnWordsFile(dir, silentLog).read()).toEqual([{ ...word, word: 'computer' }, word])
    expect((await stat(join(dir, ownWordsFileName))).mode & 0o777).toBe(0o600)
  })
  it('holds nothing of a word that was deleted', async () => {
    const file = createOwnWordsFile(dir, silentLog)
    await file.add(word)
    await file.add({ ...word, word: 'computer' })
    expect(await file.forget('小智小智')).toBe(true)
    expect(await readFile(join(dir, ownWordsFileName), 'utf8')).not.toContain('小智小智')
    expect(await file.forget('小智小智')).toBe(false)
    expect(await file.forget('computer')).toBe(true)
    await expect(stat(join(dir, ownWordsFileName))).rejects.toThrow('ENOENT')
  })
  it('is removed with everything else of an owner who parts from the speaker', async () => {
    const file = createOwnWordsFile(dir, silentLog)
    await file.add(word)
    await createClaimFile(dir, silentLog).forgetOwner()
    expect(await file.read()).toEqual([])
  })
  it('goes on with the words that are whole when one is damaged', async () => {
    const file = createOwnWordsFile(dir, silentLog)
    await file.add(word)
    await file.add({ word: 'short', templates: [new Float32Array(95)] })
    expect(await file.read()).toEqual([word])
  })
})

const voices = both(flite, espeak)

describe.skipIf(!voices.isMet)(voices.naming('a wake word of ones own'), () => {
  let embedder: SpeechEmbedder
  let voiceActivity: VoiceActivityDetector
  beforeAll(async () => {
    embedder = await createSpeechEmbedder()
    voiceActivity = await createSileroVad()
  })
  afterAll(() => Promise.all([embedder.close(), voiceActivity.close()]))

  const record = (word: string, sounds: readonly Int16Array[]) => {
    const said: string[] = []
    const microphone = microphoneHearing(saying(sounds))
    const deps = { microphone, voiceActivity, embedder, say: (sentence: string) => said.push(sentence) }
    return recordOwnWord(deps, word, new AbortController().signal).then((outcome) => ({ outcome, said }))
  }
  const enrolled = async (word: string, text: string, voice: Voice): Promise<OwnWord> => {
    const { outcome } = await record(
      word,
      [140, 150, 160].map((rate) => speak(text, voice, rate)),
    )
    if (!outcome.ok) throw new Error(outcome.error.message)
    return outcome.value
  }
  const listening = async (own: readonly OwnWord[]) => {
    const created = await createOpenWakeWord({
      settings: { words: ['hey_jarvis'], preset: 'normal' },
      ownWords: async () => own,
    })
    if (!created.ok) throw new Error(created.error.message)
    return created.value
  }

  it('小智小智 is learned from three recordings and heard among the other words, each by its name', async () => {
    const detector = await listening([await enrolled('小智小智', xiaozhi, mandarin)])
    expect(detector.settings().words).toEqual(['hey_jarvis', '小智小智'])
    for (const rate of [135, 145, 170]) {
      const heard = await hearAll(detector, speak(xiaozhi, mandarin, rate))
      expect(heard.map(({ word }) => word)).toEqual(['小智小智'])
    }
    expect((await hearAll(detector, speak('hey jarvis', 'flite:slt'))).map(({ word }) => word)).toEqual(['hey_jarvis'])
    await detector.close()
  })
  it('sleeps through other sentences of the same voice', async () => {
    const own = [await enrolled('小智小智', xiaozhi, mandarin), await enrolled('computer', 'computer', 'flite:rms')]
    const detector = await listening(own)
    for (const text of ['ni3hao3', 'jin1tian1 tian1qi4 zen3me5yang4', 'xian4zai4 ji3dian3']) {
      expect(await hearAll(detector, speak(text, mandarin))).toEqual([])
    }
    for (const text of ['what is the weather tomorrow', 'set a timer for ten minutes', 'commuter trains are late']) {
      expect(await hearAll(detector, speak(text, 'flite:rms'))).toEqual([])
    }
    await detector.close()
  })
  it('asks again for what is too short, and says what to do', async () => {
    const good = [140, 150, 160].map((rate) => speak('computer', 'flite:rms', rate))
    const { outcome, said } = await record('computer', [speak('hi', 'flite:rms', 190), ...good])
    expect(outcome).toMatchObject({ ok: true, value: { word: 'computer' } })
    expect(said[1]).toContain('too short')
    expect(said.at(-1)).toContain('3 of 3')
  })
  it('refuses three different words, and a room in which nobody speaks', async () => {
    const words = ['computer', 'good morning', 'television'].map((text) => speak(text, 'flite:rms'))
    expect((await record('computer', words)).outcome).toMatchObject({ ok: false, error: { code: 'not_alike' } })
    expect((await record('computer', [silence(25_000)])).outcome).toMatchObject({
      ok: false,
      error: { code: 'no_voice' },
    })
  })
  it('is enrolled, listed and deleted from the command line', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mynah-words-'))
    const file = createOwnWordsFile(dir, silentLog)
    const said: string[] = []
    const say = (sentence: string) => said.push(sentence)
    const { signal } = new AbortController()
    const microphone = microphoneHearing(saying([140, 150, 160].map((rate) => speak(xiaozhi, mandarin, rate))))
    expect(await enrolOwnWord({ file, microphone, say }, '小智小智', signal)).toMatchObject({ ok: true })
    expect(await enrolOwnWord({ file, microphone, say }, 'alexa', signal)).toMatchObject({ ok: false })
    await listWords(file, say)
    expect(said.at(-1)).toBe('小智小智')
    await forgetWord(file, '小智小智', say)
    await listWords(file, say)
    expect(said.at(-1)).toBe('No words of your own.')
    await rm(dir, { recursive: true })
  })
})
