import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import { createPcmFramer, type PcmFramer } from '@mynah/shared/audio/pcm-framer.ts'
import { createResampler, type Resampler } from '@mynah/shared/audio/resample.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { SpokenAudio } from '../../providers/stages.ts'
import type { AudioCommand, AudioEvent, OpenStream } from '../audio-plane.ts'
import type { ReplyFrame } from './reply-coder.ts'

export type SpeakCommand = Extract<AudioCommand, { type: 'speak' }>

type KnownSentence = {
  readonly command: SpeakCommand
  readonly packets: readonly Uint8Array[]
  readonly push: (frame: ReplyFrame) => void
  readonly emit: (event: AudioEvent) => void
}

/** A sentence whose sound is there already: it costs neither the voice nor the coder anything. */
export const speakKnown = ({ command, packets, push, emit }: KnownSentence) => {
  const { sessionId, sentenceId } = command
  const durationMs = packets.length * opusFrameMs
  emit({ type: 'sentence_made', sessionId, sentenceId, durationMs })
  for (const [index, packet] of packets.entries()) {
    const [isFirst, isLast] = [index === 0, index === packets.length - 1]
    const onSent = (atMs: number) => {
      if (isFirst) emit({ type: 'sentence_started', sessionId, sentenceId, atMs, ttsFirstAudioMs: 0 })
      if (isLast) emit({ type: 'sentence_sent', sessionId, sentenceId, durationMs })
    }
    push({ packet, ...((isFirst || isLast) && { onSent }) })
  }
}

/** Gathers what a sentence was coded to. What was coded in a hurry is good enough once, and not for all who come. */
export type Keeping = { readonly coded: (packet: Uint8Array, isLast: boolean) => void }

export const createKeeping = (deps: {
  readonly isHurried: () => boolean
  readonly keep: (packets: readonly Uint8Array[]) => void
}): Keeping => {
  const packets: Uint8Array[] = []
  let wasHurried = false
  return {
    coded: (packet, isLast) => {
      wasHurried ||= deps.isHurried()
      packets.push(packet)
      if (isLast && !wasHurried) deps.keep(packets)
    },
  }
}

export type SentenceVoice = { readonly push: (audio: SpokenAudio) => void; readonly finish: () => void }

type SentenceVoiceDeps = {
  readonly clock: Clock
  readonly command: SpeakCommand
  readonly stream: OpenStream
  readonly frameSamples: number
  readonly keeping: Keeping | undefined
  readonly push: (frame: ReplyFrame) => void
  readonly emit: (event: AudioEvent) => void
}

/** One sentence: its sound in any rate and pieces of any length, to frames that tell when the first and the last one left. */
export const createSentenceVoice = (deps: SentenceVoiceDeps): SentenceVoice => {
  const { clock, command, frameSamples, keeping, emit } = deps
  const { sessionId, sentenceId } = command
  const askedAtMs = clock.now()
  const framer: PcmFramer = createPcmFramer(frameSamples)
  let resampler: { readonly fromHz: number; readonly convert: Resampler } | undefined
  let firstSoundMs: number | undefined
  let frames = 0
  // The newest frame is held back: only the last one carries the end of the sentence.
  let held: Int16Array | undefined

  const started = (atMs: number) =>
    emit({
      type: 'sentence_started',
      sessionId,
      sentenceId,
      atMs,
      ttsFirstAudioMs: firstSoundMs ?? 0,
    })
  const sent = () => emit({ type: 'sentence_sent', sessionId, sentenceId, durationMs: frames * opusFrameMs })
  const release = (last: boolean) => {
    if (!held) return
    const first = frames === 0
    frames++
    const onSent = (atMs: number) => {
      if (first) started(atMs)
      if (last) sent()
    }
    deps.push({
      pcm: held,
      ...((first || last) && { onSent }),
      ...(keeping && { isBeginning: first, onCoded: (packet) => keeping.coded(packet, last) }),
    })
    held = undefined
  }
  const hold = (frame: Int16Array) => {
    release(false)
    held = frame
  }
  const drain = () => {
    if (resampler) framer.push(resampler.convert.flush()).forEach(hold)
  }
  const push = ({ samples, sampleRateHz }: SpokenAudio) => {
    if (samples.length === 0) return
    firstSoundMs ??= clock.now() - askedAtMs
    if (resampler?.fromHz !== sampleRateHz) {
      drain()
      resampler = {
        fromHz: sampleRateHz,
        convert: createResampler({ fromHz: sampleRateHz, toHz: deps.stream.downlinkSampleRateHz }),
      }
    }
    framer.push(resampler.convert.push(samples)).forEach(hold)
  }
  /** A text without any sound becomes one silent frame, so that it too starts and ends. */
  const finish = () => {
    drain()
    const rest = framer.flush()
    if (rest) hold(rest)
    held ??= frames === 0 ? new Int16Array(frameSamples) : undefined
    emit({ type: 'sentence_made', sessionId, sentenceId, durationMs: (frames + 1) * opusFrameMs })
    release(true)
  }
  return { push, finish }
}
