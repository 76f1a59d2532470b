import { applyGain, concatSamples, gainOfDb, levelDbfs, mixInto } from '@mynah/shared/audio/pcm.ts'
import type { VoiceActivityDetector } from '../src/vad/voice-activity.ts'
import { framesOf } from '../test/recordings.ts'

/** Sound of one turn as the microphone hears it, with the truth about its speech. All times in ms from its start. */
export type SpokenTurn = {
  readonly name: string
  readonly samples: Int16Array
  readonly wakeMs: number
  readonly speechStartMs: number
  readonly speechEndMs: number
}

const msOf = (samples: number) => samples / 16
const samplesOf = (ms: number) => Math.round(ms * 16)
const truthFrame = samplesOf(10)
const belowPeakDb = 30
const aboveFloorDb = 12

/** First and last sound of the voice in a clean recording: 10 ms pieces within 30 dB of the loudest and 12 dB over the room. */
export const voiceSpanOf = (clean: Int16Array): { readonly startMs: number; readonly endMs: number } => {
  const levels: number[] = []
  for (let at = 0; at + truthFrame <= clean.length; at += truthFrame) {
    levels.push(levelDbfs(clean.subarray(at, at + truthFrame)))
  }
  const sorted = levels.toSorted((a, b) => a - b)
  const floor = sorted[Math.floor(sorted.length / 10)] ?? -96
  const gate = Math.max((sorted.at(-1) ?? 0) - belowPeakDb, floor + aboveFloorDb)
  // One loud piece alone is a click of the recorder's button, not a voice.
  const isVoice = (index: number) => (levels[index] ?? -96) >= gate && (levels[index - 1] ?? -96) >= gate
  const voiced = levels.flatMap((_, index) => (isVoice(index) ? [index] : []))
  return { startMs: ((voiced[0] ?? 1) - 1) * 10, endMs: ((voiced.at(-1) ?? 0) + 1) * 10 }
}

/** The recording with `leadMs` before its first word and 3 s after its last, the wake decision 200 ms in. */
export const turnOf = (name: string, clean: Int16Array, leadMs: number): SpokenTurn => {
  const span = voiceSpanOf(clean)
  const lead = new Int16Array(samplesOf(leadMs))
  const kept = clean.subarray(samplesOf(span.startMs), samplesOf(span.endMs + 300))
  const samples = concatSamples([lead, kept, new Int16Array(samplesOf(3_000))])
  const speechEndMs = leadMs + span.endMs - span.startMs
  return { name, samples, wakeMs: 200, speechStartMs: leadMs, speechEndMs }
}

/** `turn` with `noise` under it, `snrDb` below the voice; another part of the noise for each turn. */
export const inNoise = (
  turn: SpokenTurn,
  noise: Int16Array,
  mix: { snrDb: number; offsetSamples: number },
): SpokenTurn => {
  const voice = levelDbfs(turn.samples.subarray(samplesOf(turn.speechStartMs), samplesOf(turn.speechEndMs)))
  const start = mix.offsetSamples % Math.max(1, noise.length - turn.samples.length)
  const under = noise.subarray(start, start + turn.samples.length)
  const samples = applyGain(under, gainOfDb(voice - mix.snrDb - levelDbfs(under)))
  mixInto(samples, turn.samples)
  return { ...turn, samples }
}

export type HeardFrame = {
  readonly atMs: number
  readonly frameMs: number
  readonly speechProbability: number
  readonly levelDbfs: number
}

/** What the voice activity detector and the level meter say of each frame. */
export const hearTurn = async (turn: SpokenTurn, vad: VoiceActivityDetector): Promise<readonly HeardFrame[]> => {
  vad.reset()
  const heard: HeardFrame[] = []
  for (const frame of framesOf(turn.samples)) {
    const atMs = (heard.length + 1) * msOf(frame.length)
    heard.push({
      atMs,
      frameMs: msOf(frame.length),
      speechProbability: await vad.hear(frame),
      levelDbfs: levelDbfs(frame),
    })
  }
  return heard
}
