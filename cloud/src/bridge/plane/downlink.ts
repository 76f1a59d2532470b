import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import { createChannel } from '@mynah/shared/streams/channel.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { StageError, type TextToSpeech } from '../../providers/stages.ts'
import type { AudioEvent, OpenStream } from '../audio-plane.ts'
import { sentenceGapMs } from '../spoken-text.ts'
import type { CommonSentence, CommonSounds } from './common-sounds.ts'
import type { PlaneLimits } from './plane-limits.ts'
import { createReplyCoder } from './reply-coder.ts'
import type { ReplyEvents, ReplyPacer } from './reply-pacer.ts'
import {
  createKeeping,
  createSentenceVoice,
  type SentenceVoice,
  type SpeakCommand,
  speakKnown,
} from './spoken-sentence.ts'

export type Downlink = {
  readonly speak: (command: SpeakCommand) => void
  readonly finish: () => void
  readonly stop: () => void
  readonly close: () => void
}

export type DownlinkDeps = {
  readonly clock: Clock
  readonly tts: TextToSpeech
  /** Of the voice `tts`; nothing is kept when absent. */
  readonly commonSounds?: CommonSounds | undefined
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
    if (spokenBefore) pushSilence(sentenceGapMs / opusFrameMs)
    spokenBefore = true
    const sentence = sentenceOf(command)
    const kept = command.isCommon ? deps.commonSounds : undefined
    const packets = kept?.find(sentence)
    if (packets) return speakKnown({ command, packets, push: sender.push, emit })
    const keeping = kept && createKeeping({ ...deps, keep: (coded) => kept.keep(sentence, coded) })
    await synthesise(sentence, createSentenceVoice({ ...deps, command, frameSamples, keeping, push: sender.push }))
  }
  const synthesise = async (sentence: CommonSentence, voice: SentenceVoice) => {
    const stall = startStallWatch()
    try {
      for await (const piece of deps.tts.synthesize(sentence, signal)) {
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
  const sentenceOf = ({ text, language, voice }: SpeakCommand): CommonSentence => ({
    text,
    language,
    ...(voice !== undefined && { voice }),
    sampleRateHz: stream.downlinkSampleRateHz,
  })
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
