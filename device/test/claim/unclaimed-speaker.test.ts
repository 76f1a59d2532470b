import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import {
  type EnrolRequest,
  enrolledProof,
  formatEnrolmentToken,
  newEnrolmentToken,
  newNonce,
} from '@mynah/shared/wire/enrolment.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { playbackFrameMs } from '../../src/audio/ports.ts'
import { createClaimFile } from '../../src/claim/claim-file.ts'
import { createUnclaimedSpeaker } from '../../src/claim/unclaimed-speaker.ts'
import type { SpeakerIdentity } from '../../src/identity/identity.ts'
import type { SpeakerEvent } from '../../src/runtime/speaker-event.ts'
import { untilDiskRests } from '../disk-rest.ts'

/** A cloud that gives codes 000001, 000002 ...; `claim` types the last one. */
const createScriptedCloud = () => {
  const token = newEnrolmentToken()
  const cloud = {
    isAway: false,
    codes: 0,
    polls: [] as string[],
    expired: new Set<string>(),
    claimed: new Set<string>(),
    enrolments: [] as EnrolRequest[],
    loseAnswers: 0,
    phraseRequests: 0,
    /** Phrases are answered when this is. */
    phrasesFrom: Promise.resolve(),
  }
  const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status })
  const pollTokenOf = (code: string) => code.padStart(43, 'A')
  const enrolled = (request: EnrolRequest) => {
    cloud.enrolments.push(request)
    // The answer is made, and lost on its way.
    if (cloud.loseAnswers-- > 0) throw new TypeError('fetch failed')
    const claim = { tokenId: request.token_id, deviceId: request.device_id, deviceNonce: request.device_nonce }
    const cloudNonce = newNonce()
    const proof = enrolledProof(token.secret, { ...claim, cloudNonce })
    const mqtt = { url: 'mqtt://cloud.test:1883' }
    return json(200, { v: 1, cloud_nonce: cloudNonce, mqtt, udp: { host: 'cloud.test', port: 4_000 }, proof })
  }
  const answers: Record<string, (body: never) => Response> = {
    '/api/enrol/codes': () => {
      cloud.codes += 1
      const code = String(cloud.codes).padStart(6, '0')
      return json(201, { v: 1, code, poll_token: pollTokenOf(code), expires_in_s: 600, poll_after_s: 3 })
    },
    '/api/enrol/codes/poll': ({ poll_token }: { poll_token: string }) => {
      cloud.polls.push(poll_token.slice(-6))
      const code = poll_token.slice(-6)
      if (cloud.expired.has(code)) return json(404, { code: 'code_unknown' })
      if (!cloud.claimed.has(code)) return json(200, { v: 1, state: 'waiting' })
      return json(200, { v: 1, state: 'claimed', token: formatEnrolmentToken(token) })
    },
    '/api/enrol': (request: EnrolRequest) => enrolled(request),
  }
  const serve: typeof fetch = async (input, init) => {
    if (cloud.isAway) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
    const { pathname } = new URL(String(input))
    if (pathname.startsWith('/device/phrases/')) {
      cloud.phraseRequests += 1
      await cloud.phrasesFrom
      return new Response(Uint8Array.from(encodeWav(new Int16Array(2_400).fill(1_000), 24_000)))
    }
    const answer = answers[pathname]
    return answer ? answer(JSON.parse(String(init?.body)) as never) : json(404, {})
  }
  return { cloud, fetch: serve }
}

const places: string[] = []
afterEach(async () => {
  for (const place of places.splice(0)) await rm(place, { recursive: true, force: true })
})

const openPlace = async (storeDir?: string, { isAway = false } = {}) => {
  const clock = createManualClock()
  const { cloud, fetch } = createScriptedCloud()
  cloud.isAway = isAway
  const dir = storeDir ?? (await mkdtemp(join(tmpdir(), 'mynah-unclaimed-')))
  if (!storeDir) places.push(dir)
  const events: SpeakerEvent[] = []
  const kept: SpeakerIdentity[] = []
  let loudFrames = 0
  let wakeNext = false
  const speaker = createUnclaimedSpeaker({
    clock,
    log: silentLog,
    random: () => 0,
    microphone: {
      frames: async function* (signal) {
        while (!signal.aborted) {
          await clock.sleep(20, signal)
          if (!signal.aborted) yield new Int16Array(320)
        }
      },
    },
    loudspeaker: {
      outputDelayMs: 0,
      play: async (render, signal) => {
        while (!signal.aborted) {
          await clock.sleep(playbackFrameMs, signal)
          if (!signal.aborted && render().some((sample) => sample !== 0)) loudFrames++
        }
      },
    },
    wakeWord: {
      hear: async () => {
        if (!wakeNext) return undefined
        wakeNext = false
        return { word: 'hey_jarvis', score: 0.9, atSample: 0 }
      },
      samplesHeard: () => 0,
      reset: () => {},
      close: async () => {},
    },
    voiceActivity: { hear: async () => 0, reset: () => {}, close: async () => {} },
    storeDir: dir,
    cloudUrl: 'http://cloud.test',
    language: 'en',
    fetch,
    file: createClaimFile(dir, silentLog),
    keep: async (identity) => void kept.push(identity),
    emit: (event) => events.push(event),
  })
  const stop = new AbortController()
  const finished = speaker.run(stop.signal)
  /** Virtual time in steps, with real time between for disk and streams. */
  const pass = async (ms: number, stepMs = 500) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await untilDiskRests(4)
      await clock.advance(Math.min(stepMs, ms - passed))
    }
  }
  const settle = async () => {
    for (let i = 0; i < 6; i++) {
      await untilDiskRests(5)
      await clock.advance(0)
    }
  }
  /** Real time for the disk, which a busy machine takes more of, while virtual time stands still. */
  const until = async (condition: () => boolean) => {
    for (let i = 0; i < 4_000 && !condition(); i++) {
      await systemClock.sleep(5)
      await clock.advance(0)
    }
  }
  const codes = () => events.flatMap((event) => (event.type === 'claim_code' ? [event.code] : []))
  await settle()
  return {
    clock,
    cloud,
    speaker,
    events,
    kept,
    dir,
    pass,
    settle,
    until,
    loudFrames: () => loudFrames,
    wake: () => {
      wakeNext = true
    },
    sayings: () => events.filter((event) => event.type === 'claim_code_said'),
    codes,
    /** Until it has its `nth` code: what the disk takes for it is not what is tested. */
    untilCode: (nth = 1) => until(() => codes().length >= nth),
    finished,
    close: async () => {
      stop.abort()
      for (let i = 0; i < 10; i++) await clock.advance(1_000)
      return finished
    },
  }
}

describe('a speaker without an owner', () => {
  test('says its code at once and four times more, then keeps quiet', async () => {
    const place = await openPlace()
    await place.pass(2_000)
    await place.until(() => place.sayings().length > 0)
    expect([place.codes(), place.sayings().length]).toEqual([['000001'], 1])
    await place.pass(10_000)
    expect(place.loudFrames()).toBeGreaterThan(50)
    await place.pass(420_000, 1_000)
    expect(place.sayings()).toHaveLength(5)
    await place.pass(120_000, 1_000)
    expect(place.sayings()).toHaveLength(5)
    // The digits came once and are on disk.
    expect(place.cloud.phraseRequests).toBe(13)
    expect(await readdir(join(place.dir, 'phrases', 'en'))).toHaveLength(13)
    await place.close()
  }, 60_000)

  test('says it again when woken, and at a press of its button', async () => {
    const place = await openPlace()
    await place.pass(2_000)
    await place.until(() => place.sayings().length > 0)
    place.wake()
    await place.pass(1_000, 20)
    await place.until(() => place.sayings().length > 1)
    expect(place.sayings()).toHaveLength(2)
    place.speaker.pressButton()
    expect(place.sayings()).toHaveLength(3)
    await place.close()
  }, 30_000)

  test('becomes the speaker of whoever typed the code', async () => {
    const place = await openPlace()
    await place.pass(1_000)
    await place.untilCode()
    place.cloud.claimed.add('000001')
    await place.pass(10_000)
    const identity = await place.finished
    expect(identity).toMatchObject({ cloudUrl: 'http://cloud.test', mqttUrl: 'mqtt://cloud.test:1883' })
    expect(place.kept).toEqual([identity])
    expect(place.events.at(-1)).toMatchObject({ type: 'claimed', deviceId: identity?.deviceId })
  }, 30_000)

  test('says no code that was typed before its words had come', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mynah-unclaimed-'))
    places.push(dir)
    // It thanks aloud, and its other words come meanwhile.
    await mkdir(join(dir, 'phrases', 'en'), { recursive: true })
    const thanks = encodeWav(new Int16Array(48_000).fill(1_000), 24_000)
    await writeFile(join(dir, 'phrases', 'en', 'claim_done.wav'), thanks)
    const place = await openPlace(dir, { isAway: true })
    let send = () => {}
    place.cloud.phrasesFrom = new Promise<void>((resolve) => {
      send = resolve
    })
    place.cloud.isAway = false
    await place.pass(60_000, 1_000)
    await place.untilCode()
    place.cloud.claimed.add('000001')
    const isClaimed = () => place.events.some(({ type }) => type === 'claimed')
    for (let passedMs = 0; passedMs < 20_000 && !isClaimed(); passedMs += 500) await place.pass(500)
    expect(isClaimed()).toBe(true)
    send()
    await place.until(() => place.cloud.phraseRequests === 12)
    await place.settle()
    expect(place.sayings()).toEqual([])
    await place.pass(5_000)
    await place.finished
  }, 30_000)

  test('asks for a new code, under a new id, when the old one is over', async () => {
    const place = await openPlace()
    await place.pass(1_000)
    await place.untilCode()
    place.cloud.expired.add('000001')
    await place.pass(5_000)
    await place.untilCode(2)
    expect(place.codes()).toEqual(['000001', '000002'])
    await place.close()
  }, 30_000)

  test('asks for no more codes once nobody has been there for ten minutes, until somebody wakes it', async () => {
    const place = await openPlace()
    await place.pass(601_000, 1_000)
    place.cloud.expired.add('000001')
    await place.pass(60_000, 1_000)
    expect(place.cloud.codes).toBe(1)
    const polls = place.cloud.polls.length
    await place.pass(60_000, 1_000)
    expect(place.cloud.polls.length).toBe(polls)
    place.speaker.pressButton()
    await place.pass(2_000)
    await place.untilCode(2)
    expect(place.codes()).toEqual(['000001', '000002'])
    await place.close()
  }, 60_000)

  test('waits for a cloud that is away, and tells by a sound when somebody asks meanwhile', async () => {
    const place = await openPlace()
    await place.pass(2_000)
    await place.untilCode()
    await place.settle()
    place.cloud.isAway = true
    await place.pass(120_000, 1_000)
    // Away is not over: the code may still be typed as soon as the cloud is back.
    place.speaker.pressButton()
    expect(place.sayings().at(-1)).toMatchObject({ code: '000001' })
    place.cloud.expired.add('000001')
    place.cloud.isAway = false
    await place.pass(70_000)
    await place.untilCode(2)
    expect(place.codes()).toEqual(['000001', '000002'])
    await place.close()
  }, 30_000)

  test('tells by a sound that it cannot get a code', async () => {
    const place = await openPlace(undefined, { isAway: true })
    await place.pass(1_000)
    place.speaker.pressButton()
    await place.pass(60_000, 1_000)
    expect(place.events.flatMap((event) => (event.type === 'earcon' ? [event.earcon] : []))).toEqual(['wake', 'error'])
    await place.close()
  }, 30_000)

  test('takes the enrolment up with the same nonce when its answer was lost', async () => {
    const place = await openPlace()
    await place.pass(1_000)
    await place.untilCode()
    place.cloud.loseAnswers = 8
    place.cloud.claimed.add('000001')
    await place.pass(120_000, 1_000)
    expect(await place.finished).toBeDefined()
    const nonces = new Set(place.cloud.enrolments.map(({ device_nonce }) => device_nonce))
    expect([nonces.size, place.cloud.enrolments.length]).toEqual([1, 9])
  }, 30_000)

  test('goes on with the code on its disk after a restart', async () => {
    const before = await openPlace()
    await before.pass(1_000)
    await before.untilCode()
    await before.close()
    const after = await openPlace(before.dir)
    await after.pass(1_000)
    await after.untilCode()
    await after.settle()
    expect([after.codes(), after.cloud.codes]).toEqual([['000001'], 0])
    await after.close()
  }, 30_000)

  test('asks anew when its file is damaged', async () => {
    const before = await openPlace()
    await before.pass(1_000)
    await before.untilCode()
    await before.close()
    await writeFile(join(before.dir, 'claim.json'), '{"v":1,"pending":')
    const after = await openPlace(before.dir)
    await after.pass(2_000)
    await after.untilCode()
    await after.settle()
    expect(after.cloud.codes).toBe(1)
    await after.close()
  }, 30_000)
})
