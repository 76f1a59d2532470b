import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import { createPcmFramer, type PcmFramer } from '@mynah/shared/audio/pcm-framer.ts'
import { createResampler, type Resampler } from '@mynah/shared/audio/resample.ts'
import { createChannel } from '@mynah/shared/streams/channel.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type SpokenAudio, StageError, type TextToSpeech } from '../../providers/stages.ts'
import type { AudioCommand, AudioEvent, OpenStream } from '../audio-plane.ts'
import { sentenceGapMs } from '../spoken-text.ts'
import type { PlaneLimits } from './plane-limits.ts'
import { createReplyCoder, type ReplyFrame } from './reply-coder.ts'
import type { ReplyEvents, ReplyPacer } from './reply-pacer.ts'

type SpeakCommand = Extract<AudioCommand, { type: 'speak' }>

export type Downlink = {
  readonly speak: (command: SpeakCommand) => void
  readonly finish: () => void
  readonly stop: () => void
  readonly close: () => void
}

export type DownlinkDeps = {
  readonly clock: Clock
  readonly tts: TextToSpeech
  readonly stream: OpenStream
  readonly limits: PlaneLimits
  readonly isHurried: () => boolean
  readonly openPacer: (events: ReplyEvents) => ReplyPacer
  readonly emit: (event: AudioEvent) => void
  /** A frame has left for the speaker. */
  readonly onLeft: (payload: Uint8Array) => void
}

/** After the last sample: what the codec and the loudspeaker's own buffers still hold back. */
const tailFrames = 2

const asStageError = (error: unknown): StageError =>
  error instanceof StageError ? error : new StageError('tts', 'crashed', 'the voice failed', { cause: error })

/** The way down of one stream: sentences to sound, the next one made while the present one is spoken, and sent at its pace. */
export const createDownlink = (deps: DownlinkDeps): Downlink => {
  const { clock, stream, limits, emit } = deps
  const { sessionId } = stream
  const frameSamples = (stream.downlinkSampleRateHz * opusFrameMs) / 1_000
  const silence = new Int16Array(frameSamples)
  const sentences = createChannel<SpeakCommand>({ capacity: limits.maxQueuedSentences, overflow: 'refuse' })
  const controller = new AbortController()
  const { signal } = controller
  let room: (() => void) | undefined
  let running = false
  let spokenBefore = false

  const sender = createReplyCoder({
    clock,
    sampleRateHz: stream.downlinkSampleRateHz,
    bitrateBps: limits.downlinkBitrateBps,
    leadMs: limits.leadMs,
    isHurried: deps.isHurried,
    openPacer: deps.openPacer,
    onLeft: deps.onLeft,
    onDrained: () => {
      if (sender.queuedMs() < limits.readAheadMs) room?.()
    },
  })
  const stopMaking = () => {
    controller.abort()
    sentences.end()
    room?.()
  }
  const fail = (error: StageError) => {
    if (signal.aborted) return
    stopMaking()
    sender.stop()
    emit({ type: 'failed', sessionId, stage: 'tts', code: error.code, message: error.message })
  }
  /** Waits until little enough sound is ahead of the voice. */
  const roomAhead = async () => {
    while (!signal.aborted && sender.queuedMs() >= limits.readAheadMs) {
      await new Promise<void>((resolve) => {
        room = resolve
      })
    }
  }
  const speakSentence = async (command: SpeakCommand) => {
    const voice = createSentenceVoice({ ...deps, command, frameSamples, push: sender.push })
    if (spokenBefore) pushSilence(sentenceGapMs / opusFrameMs)
    spokenBefore = true
    const stall = startStallWatch()
    const { text, language } = command
    const request = { text, language, ...(command.voice !== undefined ? { voice: command.voice } : {}) }
    try {
      for await (const piece of deps.tts.synthesize(request, signal)) {
        stall.pause()
        if (signal.aborted) return
        voice.push(piece)
        await roomAhead()
        stall.resume()
      }
    } finally {
      stall.pause()
    }
    if (!signal.aborted) voice.finish()
  }
  const startStallWatch = () => {
    const start = () =>
      clock.startTimer(limits.voiceStallMs, () =>
        fail(new StageError('tts', 'timeout', `no sound from the voice for ${limits.voiceStallMs} ms`)),
      )
    let timer = start()
    return {
      pause: () => timer.cancel(),
      resume: () => {
        timer.cancel()
        if (!signal.aborted) timer = start()
      },
    }
  }
  const pushSilence = (frames: number) => {
    for (let i = 0; i < frames; i++) sender.push({ pcm: silence })
  }
  const run = async () => {
    for await (const command of sentences) {
      await roomAhead()
      if (signal.aborted) return
      await speakSentence(command)
    }
    if (signal.aborted) return
    if (spokenBefore) pushSilence(tailFrames)
    sender.end(() => emit({ type: 'speaking_finished', sessionId, sentMs: sender.sentMs() }))
  }
  const start = () => {
    if (running) return
    running = true
    run().catch((error: unknown) => fail(asStageError(error)))
  }
  return {
    speak: (command) => {
      if (signal.aborted) return
      if (!sentences.push(command)) {
        fail(new StageError('tts', 'refused', `at most ${limits.maxQueuedSentences} sentences wait`))
        return
      }
      start()
    },
    finish: () => {
      sentences.end()
      start()
    },
    stop: () => {
      stopMaking()
      sender.stop()
    },
    close: () => {
      stopMaking()
      sender.close()
    },
  }
}

type SentenceVoiceDeps = {
  readonly clock: Clock
  readonly command: SpeakCommand
  readonly stream: OpenStream
  readonly frameSamples: number
  readonly push: (frame: ReplyFrame) => void
  readonly emit: (event: AudioEvent) => void
}

/** One sentence: its sound in any rate and pieces of any length, to frames that tell when the first and the last one left. */
const createSentenceVoice = (deps: SentenceVoiceDeps) => {
  const { clock, command, frameSamples, emit } = deps
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
    deps.push({ pcm: held, ...((first || last) && { onSent }) })
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
