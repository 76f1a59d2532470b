import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { both, requirement } from '../../../test/requirement.ts'
import { type Loudspeaker, type Microphone, playbackFrameMs } from '../../src/audio/ports.ts'
import { createSpeaker } from '../../src/runtime/speaker.ts'
import type { SpeakerEvent } from '../../src/runtime/speaker-event.ts'
import { createUnderstanding } from '../../src/understanding/create-understanding.ts'
import { forkUnderstanding } from '../../src/understanding/understanding-process.ts'
import { createSileroVad } from '../../src/vad/silero.ts'
import { createOpenWakeWord } from '../../src/wake/open-wake-word.ts'
import { framesOf } from '../recordings.ts'
import { flite, speak } from '../wake/synthetic-voice.ts'

/** Vitest runs TypeScript by means of its own; the process needs a loader. */
const start = () => forkUnderstanding(['--import', 'tsx'])

/** What this machine can do, asked of the real process. */
const abilityHere = async () => {
  const stop = new AbortController()
  const understanding = createUnderstanding({ clock: systemClock, log: silentLog, start })
  const told = new Promise<string>((resolve) => understanding.onAbility((ability) => resolve(ability.type)))
  const running = understanding.run(stop.signal)
  understanding.prepare()
  const ability = await told
  stop.abort()
  await running
  return ability
}
const understanding = both(
  flite,
  requirement(flite.isMet && (await abilityHere()) === 'commands', 'English model: apt install pocketsphinx-en-us'),
)

/** Everything real but time: wake word, voice activity, the process that understands, its voice. There is no cloud at all. */
const startAlone = async () => {
  const clock = createManualClock()
  const storeDir = await mkdtemp(join(tmpdir(), 'mynah-alone-'))
  const room = seededRandom(3)
  let said: Int16Array[] = []
  const microphone: Microphone = {
    frames: async function* (signal) {
      for (let dueMs = clock.now() + 20; !signal.aborted; dueMs += 20) {
        await clock.sleep(dueMs - clock.now(), signal)
        if (signal.aborted) return
        const voice = said.shift()
        yield Int16Array.from({ length: 320 }, (_, i) => (voice?.[i] ?? 0) + Math.round((room() - 0.5) * 40))
      }
    },
  }
  const heard: Int16Array[] = []
  const loudspeaker: Loudspeaker = {
    outputDelayMs: 0,
    play: async (render, signal) => {
      for (let dueMs = clock.now() + playbackFrameMs; !signal.aborted; dueMs += playbackFrameMs) {
        await clock.sleep(dueMs - clock.now(), signal)
        if (!signal.aborted) heard.push(Int16Array.from(render()))
      }
    },
  }
  const wakeWord = await createOpenWakeWord({ settings: { words: ['hey_jarvis'], preset: 'normal' } })
  if (!wakeWord.ok) throw new Error(wakeWord.error.message)
  const voiceActivity = await createSileroVad()
  const refused = async () => {
    throw new Error('there is no cloud')
  }
  const understanding = createUnderstanding({ clock, log: silentLog, start })
  const speaker = createSpeaker({
    clock,
    log: silentLog,
    random: seededRandom(1),
    microphone,
    loudspeaker,
    wakeWord: wakeWord.value,
    voiceActivity,
    understanding,
    identity: {
      deviceId: 'kitchen',
      deviceSecret: new Uint8Array(32).fill(7),
      cloudUrl: 'http://cloud.invalid',
      mqttUrl: 'mqtt://cloud.invalid',
    },
    storeDir,
    network: { connectMqtt: refused, connectUdp: refused, connectTunnel: refused, fetch: refused },
    firmware: 'test',
    cues: { wake: false, endOfListening: false },
  })
  const events: SpeakerEvent[] = []
  speaker.events((event) => events.push(event))
  const stop = new AbortController()
  const finished = speaker.run(stop.signal)
  const has = (type: SpeakerEvent['type']) => events.some((event) => event.type === type)
  /** Virtual time goes on in frames while what is real keeps up, until it happened or `limitMs` of virtual time are over. */
  const until = async (type: SpeakerEvent['type'], limitMs: number, realMsPerFrame: number) => {
    for (let passed = 0; passed < limitMs && !has(type); passed += 20) {
      await clock.advance(20)
      await systemClock.sleep(realMsPerFrame)
    }
    expect(events.map((event) => JSON.stringify(event))).toContainEqual(expect.stringContaining(`"type":"${type}"`))
  }
  return {
    clock,
    speaker,
    events,
    heard,
    until,
    understanding,
    say: (samples: Int16Array) => {
      said = [...said, ...framesOf(samples)]
    },
    close: async () => {
      stop.abort()
      for (let i = 0; i < 20; i++) await clock.advance(500)
      await finished
      await wakeWord.value.close()
      await voiceActivity.close()
      await rm(storeDir, { recursive: true, force: true })
    },
  }
}

describe('a speaker that never had a cloud', () => {
  it.skipIf(!understanding.isMet)(
    understanding.naming('"hey jarvis, set a timer for five minutes" leads to a spoken answer and a timer that rings'),
    async () => {
      const alone = await startAlone()
      try {
        // Until it knows what it can do: the process comes up in real time.
        for (let i = 0; i < 3_000 && alone.understanding.ability().type === 'unknown'; i++) {
          await alone.clock.advance(10)
          await systemClock.sleep(5)
        }
        alone.say(new Int16Array(32_000))
        alone.say(speak('hey jarvis, set a timer for five minutes', 'flite:slt'))
        await alone.until('wake_detected', 6_000, 5)
        await alone.until('speech_end_detected', 8_000, 5)
        await alone.until('reply_text', 14_000, 25)
        await alone.until('turn_ended', 20_000, 1)
        const reply = alone.events.find((event) => event.type === 'reply_text')
        expect(reply).toMatchObject({ text: expect.stringContaining('Timer set for five minutes.') })
        const transcript = alone.events.find((event) => event.type === 'transcript')
        expect(transcript).toMatchObject({ text: expect.stringContaining('set a timer for five minutes') })
        expect(Math.max(...alone.heard.map((frame) => levelDbfs(frame)))).toBeGreaterThan(-40)
        const setAtMs = alone.clock.now()
        alone.heard.length = 0
        // Nobody speaks for five minutes: muted, they pass without two networks listening to every frame.
        alone.speaker.setMuted(true)
        await alone.clock.advance(301_000)
        await alone.until('schedule_fired', 1_000, 1)
        const fired = alone.events.find((event) => event.type === 'schedule_fired')
        expect(fired).toMatchObject({ kind: 'timer' })
        expect((fired?.atMs ?? 0) - setAtMs).toBeLessThanOrEqual(300_000)
        await alone.clock.advance(2_000)
        expect(Math.max(...alone.heard.slice(-150).map((frame) => levelDbfs(frame)))).toBeGreaterThan(-40)
      } finally {
        await alone.close()
      }
    },
    90_000,
  )
})
