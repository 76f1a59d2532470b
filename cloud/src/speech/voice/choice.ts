import type { Log } from '@mynah/shared/log/log.ts'
import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import type { SpeakRequest, Speech, Synthesiser } from '../engines/synthesiser.ts'

/** The engines that can say it: one that has the voice first, then in the order given. */
const candidatesFor = (engines: readonly Synthesiser[], { language, voice }: SpeakRequest): readonly Synthesiser[] => {
  const fitting = engines.filter((engine) => engine.languages.includes(language))
  const named = fitting.filter((engine) => voice !== undefined && engine.voices.includes(voice))
  return [...named, ...fitting.filter((engine) => !named.includes(engine))]
}

async function* marked(speech: AsyncIterable<Speech>, { isStandIn }: { readonly isStandIn: boolean }) {
  for await (const piece of speech) yield isStandIn ? { ...piece, isStandIn } : piece
}

/**
 * Several engines as one. When an engine fails before its first sound the next one speaks; after that a failure is final, since
 * nothing may be said twice.
 */
export const chooseSynthesiser = (engines: readonly Synthesiser[], log: Log): Synthesiser => ({
  name: 'choice',
  languages: [...new Set(engines.flatMap((engine) => engine.languages))],
  voices: engines.flatMap((engine) => engine.voices),
  speak: async function* (request, signal) {
    let failure: unknown = new EngineError('not_installed', `no voice for ${request.language} is installed`)
    for (const [place, engine] of candidatesFor(engines, request).entries()) {
      let spoke = false
      try {
        for await (const piece of marked(engine.speak(request, signal), { isStandIn: place > 0 })) {
          spoke = true
          yield piece
        }
        return
      } catch (error) {
        if (spoke || signal.aborted || (error instanceof EngineError && error.code === 'bad_request')) throw error
        log.warn('a voice failed, the next one speaks', { engine: engine.name, error })
        failure = error
      }
    }
    throw failure
  },
  close: async () => {
    await Promise.all(engines.map((engine) => engine.close()))
  },
})
