import { createMixer } from '@mynah/device/audio/mixer.ts'
import { createPcmSource } from '@mynah/device/audio/pcm-source.ts'
import {
  captureSampleRateHz,
  type Loudspeaker,
  type Microphone,
  playbackSampleRateHz,
} from '@mynah/device/audio/ports.ts'
import { cancelEcho } from '@mynah/device/echo/cancelled-sound.ts'
import type { EchoStanding } from '@mynah/device/echo/echo-canceller.ts'
import { createOpenWakeWord } from '@mynah/device/wake/open-wake-word.ts'
import { createOwnVoice } from '@mynah/device/wake/own-voice.ts'
import { ownVoiceRule, type TriggerRule } from '@mynah/device/wake/trigger.ts'
import type { ConfigurableWakeWord, WakePreset } from '@mynah/device/wake/wake-word.ts'
import { applyGain, gainOfDb } from '@mynah/shared/audio/pcm.ts'
import { resample } from '@mynah/shared/audio/resample.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import type { EchoOptions } from './echo-path.ts'
import { ExpectationError } from './event-watch.ts'
import { noiseAtSnr, pinkNoise } from './noise.ts'
import { sayText, type Utterance } from './person.ts'
import { pullRoom } from './pull-room.ts'
import { createRoom } from './room.ts'

const wakeWord = 'hey jarvis'
const samplesPerMs = captureSampleRateHz / 1_000

/** What a speaker says in a day; in two of twenty replies its own wake word. */
export const replyTexts: readonly string[] = [
  'It is a quarter past eight.',
  'Your timer for ten minutes is set.',
  'I have set an alarm for seven o’clock tomorrow morning.',
  'The volume is at sixty percent.',
  'Twelve times twelve is one hundred and forty four.',
  'Tomorrow it will be cloudy with some rain in the afternoon and a light wind from the west.',
  'I did not understand that. You can ask me for the time, for a timer or for an alarm.',
  'You have three timers. The first one rings in four minutes.',
  `To wake me, say ${wakeWord} at any time, and then tell me what you need.`,
  'Here is a joke. Why did the bird join the band? Because it had the drumsticks.',
  'The capital of Switzerland is Bern, although many people think that it is Zurich.',
  'Good morning. Today is Sunday the twenty second of November.',
  'Your reminder to water the plants is set for six in the evening.',
  'I have cancelled all of your alarms.',
  'One mile is about one point six kilometres.',
  'The harvest service travels with Charles to jarring places and back every year.',
  'I am sorry, the service that answers questions cannot be reached at present.',
  'In the kitchen the light is on, in the living room it is off.',
  'There are sixty minutes in an hour and twenty four hours in a day.',
  `I am only a speaker. When you say ${wakeWord}, I listen.`,
].map((text) => text.replaceAll('’', "'"))

/** A voice engine speaks at about -18 dBFS, a person is -23 dBFS at the microphone. */
const replyGainDb = 5
export const tailMs = 1_200

/** In five voices a hundred replies. */
export const replyVoices = ['flite:slt', 'flite:rms', 'flite:awb', 'flite:kal16', 'espeak:en-us'] as const

/** English in a synthetic voice. Throws when the voice cannot be had. */
export const voiced = async (text: string, voice: string, signal: AbortSignal): Promise<Utterance> => {
  const said = await sayText({ text, language: 'en', voice }, signal)
  if (!said.ok) throw new ExpectationError(said.error.message)
  return said.value
}

export const bargeInAtMs = 700
const decidedWithinMs = 1_000

/** Whether the speaker woke while or soon after the person said the word, `bargeInAtMs` after its reply began. */
export const wasHeard = (woken: WokenAt, { speechEndSample }: Utterance): boolean => {
  const latestMs = bargeInAtMs + speechEndSample / samplesPerMs + decidedWithinMs
  return woken.some((atMs) => atMs > bargeInAtMs && atMs < latestMs)
}

export type ReplyTrial = {
  readonly reply: Utterance
  /** Somebody speaks so long after the reply began. */
  readonly interruption?: { readonly utterance: Utterance; readonly atMs: number; readonly gainDb?: number }
}

/** When the speaker was woken, in ms since the reply began. */
export type WokenAt = readonly number[]

const openDetector = async (preset: WakePreset, rule?: TriggerRule): Promise<ConfigurableWakeWord> => {
  const opened = await createOpenWakeWord({ settings: { words: ['hey_jarvis'], preset }, ...(rule ? { rule } : {}) })
  if (!opened.ok) throw new ExpectationError(`The wake word does not start: ${opened.error.message}`)
  return opened.value
}

/** Before the first reply. */
const restMs = 2_000

export type SelfHearingDeps = {
  readonly clock: Clock
  readonly preset: WakePreset
  readonly microphone: Microphone
  readonly loudspeaker: Loudspeaker
  readonly readEcho?: () => EchoStanding
}

/** What a device has between microphone and loudspeaker: mixer at full volume, wake word, and the guard against its own voice. */
export const openSelfHearing = async ({ clock, preset, microphone, loudspeaker, readEcho }: SelfHearingDeps) => {
  const mixer = createMixer({ volume: 100 })
  const [detector, reference] = await Promise.all([openDetector(preset), openDetector(preset, ownVoiceRule)])
  const ownVoice = createOwnVoice({ clock, log: silentLog, detector: reference, ...(readEcho ? { readEcho } : {}) })
  return {
    /** Plays and listens until `signal` aborts. `onWake` is told the place of the decision in what was captured. */
    run: async (onWake: (atSample: number) => void, signal: AbortSignal) => {
      const listen = async () => {
        for await (const frame of microphone.frames(signal)) {
          const wake = await detector.hear(frame, ownVoice.isSounding() ? 'own_sound' : 'room')
          if (wake) ownVoice.unlessSaidItself(() => onWake(wake.atSample))
        }
      }
      await Promise.all([listen(), loudspeaker.play(ownVoice.overhear(mixer.render), signal)])
      await Promise.all([detector.close(), reference.close()])
    },
    /** Answers how long the reply will sound. */
    say: (reply: Utterance): { readonly durationMs: number } => {
      const sound = applyGain(reply.samples, gainOfDb(replyGainDb))
      const samples = resample(sound, { fromHz: captureSampleRateHz, toHz: playbackSampleRateHz })
      mixer.play({ kind: 'reply', source: createPcmSource(samples) })
      return { durationMs: (samples.length / playbackSampleRateHz) * 1_000 }
    },
  }
}

export type ReplyRoomSettings = {
  readonly echo: EchoOptions
  readonly preset: WakePreset
  /** With the device's own echo canceller between microphone and loudspeaker. */
  readonly cancels?: boolean
}

export type ReplyRoom = {
  /**
   * Says one reply at full volume, and listens. As on a device, nothing that is heard up to `tailMs` after it may wake the speaker but a
   * person.
   */
  readonly reply: (trial: ReplyTrial, signal: AbortSignal) => Promise<WokenAt>
  readonly close: () => Promise<void>
}

/** A speaker in a room: the device's own mixer, wake word and guard against its own voice, as fast as they compute. */
export const openReplyRoom = async (settings: ReplyRoomSettings, signal: AbortSignal): Promise<ReplyRoom> => {
  const { echo, preset, cancels = false } = settings
  const clock = createManualClock()
  const room = createRoom({ clock, noise: noiseAtSnr(pinkNoise(7), 40) })
  const spot = room.addSpot('speaker', echo)
  const speaker = await openSelfHearing({ clock, preset, ...(cancels ? cancelEcho(spot, silentLog) : spot) })
  const ending = new AbortController()
  const wokenAtMs: number[] = []
  const running = speaker.run((atSample) => void wokenAtMs.push(atSample / samplesPerMs), ending.signal)
  await pullRoom({ room, clock, durationMs: restMs }, signal)
  return {
    reply: async ({ reply, interruption }, until) => {
      const startMs = room.sampleNow() / samplesPerMs
      const earlier = wokenAtMs.length
      const { durationMs } = speaker.say(reply)
      if (interruption) {
        const { utterance, atMs, gainDb = 0 } = interruption
        room.emit(utterance.samples, { startSample: (startMs + atMs) * samplesPerMs, gain: gainOfDb(gainDb) })
      }
      await pullRoom({ room, clock, durationMs: durationMs + tailMs }, until)
      return wokenAtMs.slice(earlier).map((atMs) => atMs - startMs)
    },
    close: async () => {
      ending.abort()
      await clock.advance(40)
      await running
    },
  }
}

/** One reply of a speaker that has just been switched on. */
export const playReply = async (
  { echo, preset, ...trial }: ReplyTrial & ReplyRoomSettings,
  signal: AbortSignal,
): Promise<WokenAt> => {
  const room = await openReplyRoom({ echo, preset }, signal)
  const woken = await room.reply(trial, signal)
  await room.close()
  return woken
}
