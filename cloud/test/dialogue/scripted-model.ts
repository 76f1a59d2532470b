import type { Clock } from '@mynah/shared/time/clock.ts'
import type { LanguageModel, LanguageModelEvent, LanguageModelRequest } from '../../src/providers/stages.ts'

export type ScriptLine =
  | LanguageModelEvent
  | { readonly type: 'wait'; readonly delayMs: number }
  | { readonly type: 'fail'; readonly error: Error }

/** A language model that plays one script per call and keeps what it was asked. */
export const scriptedModel = (clock: Clock, scripts: readonly (readonly ScriptLine[])[]) => {
  const requests: LanguageModelRequest[] = []
  let aborted = 0
  const model: LanguageModel = {
    reply: async function* (request, signal) {
      const script = scripts[requests.length] ?? []
      requests.push(request)
      signal.addEventListener('abort', () => (aborted += 1), { once: true })
      for (const line of script) {
        if (signal.aborted) return
        if (line.type === 'wait') await clock.sleep(line.delayMs, signal)
        else if (line.type === 'fail') throw line.error
        else yield line
      }
    },
  }
  return { model, requests, abortCount: () => aborted }
}

export const words = (...texts: string[]): ScriptLine[] => texts.map((text) => ({ type: 'text', text }))
