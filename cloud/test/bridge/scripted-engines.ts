import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  type SpeechToText,
  type SpokenAudio,
  StageError,
  type StageErrorCode,
  type TextToSpeech,
} from '../../src/providers/stages.ts'

export const tone = (hz: number, durationMs: number, sampleRateHz: number): Int16Array =>
  Int16Array.from({ length: Math.round((durationMs * sampleRateHz) / 1_000) }, (_, index) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * hz * index) / sampleRateHz)),
  )

/** Strength of one frequency in the samples, 0 to 1 of a full-scale sine (Goertzel). */
export const strengthOf = (hz: number, samples: Int16Array, sampleRateHz: number): number => {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / sampleRateHz)
  let [before, last] = [0, 0]
  for (const sample of samples) [before, last] = [last, sample / 32_768 + coefficient * last - before]
  const power = last * last + before * before - coefficient * last * before
  return samples.length === 0 ? 0 : (2 * Math.sqrt(Math.max(0, power))) / samples.length
}

export type HeardUtterance = { readonly pieces: Int16Array[]; ended: boolean }

/** Yields a partial after each 500 ms of audio and the script's text as its final. */
export const createScriptedStt = (
  script: {
    readonly text?: string
    readonly failure?: StageErrorCode
    readonly hangs?: boolean
    readonly withoutFinal?: boolean
  } = {},
): SpeechToText & { readonly heard: HeardUtterance[] } => {
  const heard: HeardUtterance[] = []
  return {
    heard,
    async *transcribe(audio, _request, signal) {
      const utterance: HeardUtterance = { pieces: [], ended: false }
      heard.push(utterance)
      if (script.failure) throw new StageError('stt', script.failure, 'scripted failure')
      if (script.hangs) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      for await (const piece of audio) {
        utterance.pieces.push(piece)
        if (utterance.pieces.length % 25 === 0) yield { text: `${utterance.pieces.length / 50} s`, final: false }
      }
      utterance.ended = true
      if (signal.aborted || script.withoutFinal) return
      yield { text: script.text ?? 'what time is it', final: true, confidence: 0.9, computeMs: 5 }
    },
  }
}

export type TtsScript = {
  readonly clock: Clock
  readonly sampleRateHz?: number
  /** Length and pitch of a text's sound. */
  readonly durationMsOf?: (text: string) => number
  readonly hzOf?: (text: string) => number
  readonly pieceMs?: number
  readonly delayPerPieceMs?: number
  readonly failOn?: (text: string) => StageErrorCode | undefined
  readonly hangsOn?: (text: string) => boolean
}

/** Says each text as a tone, in pieces, and keeps the time at which each text was asked for. */
export const createScriptedTts = (
  script: TtsScript,
): TextToSpeech & { readonly asked: { readonly text: string; readonly atMs: number }[] } => {
  const asked: { readonly text: string; readonly atMs: number }[] = []
  const rateHz = script.sampleRateHz ?? 16_000
  return {
    asked,
    async *synthesize({ text }, signal): AsyncGenerator<SpokenAudio> {
      asked.push({ text, atMs: script.clock.now() })
      const failure = script.failOn?.(text)
      if (failure) throw new StageError('tts', failure, 'scripted failure')
      if (script.hangsOn?.(text)) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        return
      }
      const samples = tone(script.hzOf?.(text) ?? 440, script.durationMsOf?.(text) ?? 1_000, rateHz)
      const pieceSamples = ((script.pieceMs ?? 200) * rateHz) / 1_000
      for (let from = 0; from < samples.length; from += pieceSamples) {
        if (script.delayPerPieceMs !== undefined) await script.clock.sleep(script.delayPerPieceMs, signal)
        if (signal.aborted) return
        yield { samples: samples.slice(from, from + pieceSamples), sampleRateHz: rateHz }
      }
    },
  }
}
