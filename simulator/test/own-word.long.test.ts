import { join } from 'node:path'
import { systemClock as clock } from '@mynah/shared/time/clock.ts'
import type { RecordingNumber } from '@mynah/shared/wire/own-words.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { converse } from '../src/conversation.ts'
import { noiseAtSnr, pinkNoise } from '../src/noise.ts'
import { joinUtterances, sayText, type Utterance } from '../src/person.ts'
import { createRoom } from '../src/room.ts'
import type { SimulatedSpeaker } from '../src/speaker.ts'
import { setUpAtApi } from './person-at-api.ts'
import { type PrivateCloud, startPrivateCloud } from './private-cloud.ts'
import { startUnownedSpeaker } from './unowned-speaker.ts'

/** A word of ones own, from the API of a real cloud to a speaker that hears the room: recorded, woken by, removed. */
const never = new AbortController().signal
const room = createRoom({ clock, noise: noiseAtSnr(pinkNoise(1), 45) })
const ownWord = '小智小智'
/** Between a wake word and its request. */
const pauseMs = 350
/** The cue, and a moment to begin to speak. */
const untilSpeakingMs = 900
/** Whoever is woken is so within a second. */
const wakeMs = 3_000

let house: PrivateCloud
let speaker: SimulatedSpeaker
let call: Awaited<ReturnType<typeof setUpAtApi>>['call']
let word: Utterance
let request: Utterance

const said = async (text: string, voice?: string): Promise<Utterance> => {
  const utterance = await sayText({ text, language: 'en', voice }, never)
  if (!utterance.ok) throw new Error(utterance.error.message)
  return utterance.value
}

beforeAll(async () => {
  house = await startPrivateCloud('own-word')
  const { url, setupUrl = '' } = house.cloud.ready()
  const ada = { login: 'ada', password: 'correct horse battery', home_name: 'Casa' }
  const admin = await setUpAtApi(url, { setupUrl, ...ada })
  call = admin.call
  const unowned = startUnownedSpeaker({ room, cloudUrl: url, storeDir: join(house.folder, 'speaker'), name: 'kitchen' })
  const params = { home_id: admin.me.homes[0]?.home_id ?? '' }
  await call('claimDevice', { params, body: { code: await unowned.untilCode(), name: 'Kitchen' } })
  speaker = await unowned.speaker
  word = await said('xiao3zhi4xiao3zhi4', 'espeak:cmn-latn-pinyin')
  request = await said('what time is it')
}, 120_000)
afterAll(async () => {
  await speaker?.stop()
  await house?.close()
}, 30_000)

const params = () => ({ device_id: speaker.deviceId, own_word: ownWord })
const turnsSince = (mark: number) =>
  speaker.watch
    .events()
    .slice(mark)
    .filter(({ type }) => type === 'turn_started')
const isRecordingTold = (recording: boolean, since: number) =>
  speaker.watch.expect(
    {
      what: `recording ${recording}`,
      pick: (event) => (event.type === 'own_word_recording_changed' && event.recording === recording) || undefined,
      since,
      timeoutMs: 10_000,
    },
    never,
  )
/** Somebody at the panel asks for a recording, and says the word when the speaker gives its sound. */
const record = async (recording: RecordingNumber) => {
  const mark = speaker.watch.mark()
  const answered = call('recordOwnWord', { params: params(), body: { recording } })
  await isRecordingTold(true, mark)
  await clock.sleep(untilSpeakingMs)
  room.emit(word.samples)
  const answer = await answered
  await isRecordingTold(false, mark)
  expect(turnsSince(mark)).toEqual([])
  return answer
}
/** What the word alone leads to. */
const turnsAfterTheWord = async () => {
  const mark = speaker.watch.mark()
  room.emit(word.samples)
  await clock.sleep(word.samples.length / 16 + wakeMs)
  return turnsSince(mark)
}
const timeIsTold = async (utterance: Utterance) => {
  const { turn } = await converse({ house: { room }, speaker, utterance }, never)
  expect(turn).toMatchObject({ reason: 'completed' })
  expect(turn.heard).toMatch(/what time is it$/)
  expect(turn.reply).toMatch(/^It's .*(morning|afternoon|evening|night|midnight|noon)\.$/)
}

describe('a wake word of ones own, from the panel to the room', () => {
  test('means nothing before it is recorded', async () => {
    expect(await turnsAfterTheWord()).toEqual([])
  }, 30_000)

  test('is learned from three recordings that a member asks for', async () => {
    for (const recording of [1, 2, 3] as const) {
      expect(await record(recording)).toMatchObject({
        state: 'done',
        recording: { recording, quality: 'good', learned: recording === 3 },
      })
    }
    expect(await call('listOwnWords', { params: params() })).toMatchObject({
      words: [{ word: ownWord, active: true }],
    })
  }, 90_000)

  test('wakes the speaker for a turn with the cloud', async () => {
    const mark = speaker.watch.mark()
    await timeIsTold(joinUtterances(word, request, pauseMs))
    const woken = speaker.watch
      .events()
      .slice(mark)
      .find((event) => event.type === 'wake_detected')
    expect(woken).toMatchObject({ word: ownWord })
  }, 90_000)

  test('wakes nobody once it is removed; the other word still does', async () => {
    await expect.poll(speaker.phase, { timeout: 15_000 }).toBe('idle')
    expect(await call('forgetOwnWord', { params: params() })).toMatchObject({ state: 'done', words: [] })
    expect(await turnsAfterTheWord()).toEqual([])
    await timeIsTold(joinUtterances(await said('hey jarvis'), request, pauseMs))
  }, 90_000)
})
