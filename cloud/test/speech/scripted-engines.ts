import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import type { Recogniser, RecogniserRequest } from '../../src/speech/engines/recogniser.ts'
import type { SpeakRequest, Synthesiser } from '../../src/speech/engines/synthesiser.ts'

export type ScriptedRecogniser = Recogniser & {
  /** Utterances open now, and samples heard in all. */
  readonly openSessions: () => number
  readonly samplesHeard: () => number
  readonly requests: RecogniserRequest[]
}

/** "Hears" one word of its script for each 200 ms of sound that is not silence; an empty script fails to start. */
export const createScriptedRecogniser = (
  script: {
    readonly words?: readonly string[]
    readonly outOfGrammar?: boolean
    /** Nobody has called; known after so many samples. */
    readonly falseWakeAfter?: number
    readonly failsOnFeed?: boolean
    readonly busy?: boolean
    readonly finishHangs?: boolean
  } = {},
): ScriptedRecogniser => {
  const { words = ['what', 'time', 'is', 'it'] } = script
  const requests: RecogniserRequest[] = []
  let open = 0
  let samplesHeard = 0
  return {
    name: 'scripted',
    languages: ['en', 'zh'],
    requests,
    openSessions: () => open,
    samplesHeard: () => samplesHeard,
    warm: async () => {},
    close: async () => {},
    open: async (request) => {
      if (script.busy) throw new EngineError('busy', 'all 1 decoders are taken')
      requests.push(request)
      open++
      let heard = 0
      let closed = false
      const text = () => words.slice(0, Math.floor(heard / 3_200)).join(' ')
      return {
        feed: async (samples) => {
          if (script.failsOnFeed) throw new EngineError('failed', 'the engine broke')
          samplesHeard += samples.length
          if (samples.some((sample) => sample !== 0)) heard += samples.length
          return text()
        },
        isFalseWake: () => script.falseWakeAfter !== undefined && heard >= script.falseWakeAfter,
        finish: async () => {
          if (script.falseWakeAfter !== undefined && heard >= script.falseWakeAfter)
            return { text: '', falseWake: true }
          if (script.finishHangs) await new Promise(() => {})
          const { outOfGrammar } = script
          return { text: text(), confidence: 0.8, ...(outOfGrammar === undefined ? {} : { outOfGrammar }) }
        },
        close: async () => {
          if (!closed) open--
          closed = true
        },
      }
    },
  }
}

export type ScriptedSynthesiser = Synthesiser & { readonly requests: SpeakRequest[]; readonly piecesMade: () => number }

/** Says 100 ms of a tone for each word. */
export const createScriptedSynthesiser = (
  script: { readonly sampleRateHz?: number; readonly failsAt?: number; readonly name?: string } = {},
): ScriptedSynthesiser => {
  const { sampleRateHz = 16_000, failsAt } = script
  const requests: SpeakRequest[] = []
  let piecesMade = 0
  return {
    name: script.name ?? 'scripted',
    languages: ['en', 'zh'],
    voices: [script.name ?? 'scripted'],
    requests,
    piecesMade: () => piecesMade,
    close: async () => {},
    speak: async function* (request, signal) {
      requests.push(request)
      if (!/[\p{L}\p{N}]/u.test(request.text)) throw new EngineError('bad_request', 'the text has nothing to say')
      for (const [index] of request.text.split(' ').entries()) {
        if (signal.aborted) return
        if (index === failsAt) throw new EngineError('failed', 'the voice broke')
        piecesMade++
        const length = sampleRateHz / 10
        const samples = Int16Array.from({ length }, (_, at) =>
          Math.round(8_000 * Math.sin((2 * Math.PI * 440 * at) / sampleRateHz)),
        )
        yield { samples, sampleRateHz }
      }
    },
  }
}
