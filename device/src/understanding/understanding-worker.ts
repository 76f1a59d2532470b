import { assertNever } from '@mynah/shared/assert-never.ts'
import { type Grammar, grammarOnly } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { ok, type Result } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { createLanEar, type LanEar } from './lan-ear.ts'
import { createLocalDialogue, type LocalDialogue } from './local-dialogue.ts'
import { localIntents } from './local-intents.ts'
import { findLocalVoice, type LocalVoice } from './local-voice.ts'
import { requestIn } from './request-in.ts'
import { type Ear, type EarFailure, openSphinxEar } from './sphinx-ear.ts'
import type { LocalAnswer, LocalRequest } from './understanding.ts'
import type { FromUnderstanding, ToUnderstanding } from './understanding-messages.ts'

export type UnderstandingWorkerDeps = {
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly searchPath: string
  readonly send: (message: FromUnderstanding) => void
}

/** What hears, the best first. */
type Ears = { readonly lan?: LanEar; readonly own?: Ear }
type Mind = {
  readonly language: Language
  readonly ears: Ears
  readonly dialogue: LocalDialogue
  readonly voice: LocalVoice | undefined
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const openEars = async (
  { clock }: UnderstandingWorkerDeps,
  { language, zhModelDir, lanSpeechUrl: url }: Extract<ToUnderstanding, { type: 'open' }>,
  grammar: Grammar,
): Promise<Result<{ readonly ears: Ears; readonly engine: string }, EarFailure>> => {
  const own = await openSphinxEar({ language, grammar, ...(zhModelDir === undefined ? {} : { zhModelDir }) })
  if (url === undefined) return own.ok ? ok({ ears: { own: own.value }, engine: own.value.engine }) : own
  const lan = createLanEar({ clock, url, language, jsgf: grammar.jsgf })
  if (!own.ok) return ok({ ears: { lan }, engine: `riva at ${url}` })
  return ok({ ears: { lan, own: own.value }, engine: `riva at ${url}, ${own.value.engine}` })
}

/** What runs in the process of its own: ear, dialogue and voice of one language. The result takes the messages, in order. */
export const createUnderstandingWorker = (deps: UnderstandingWorkerDeps) => {
  const { send } = deps
  let mind: Mind | undefined
  let turn: Promise<void> = Promise.resolve()

  const open = async (asked: Extract<ToUnderstanding, { type: 'open' }>) => {
    const { language } = asked
    const grammar = grammarOnly(language, localIntents)
    const opened = await openEars(deps, asked, grammar)
    if (!opened.ok) return send({ type: 'missing', reason: opened.error.message })
    const voice = findLocalVoice({ ...deps, language })
    mind = { language, ears: opened.value.ears, dialogue: createLocalDialogue({ ...deps, language, grammar }), voice }
    send({ type: 'ready', engine: opened.value.engine, voice: voice?.name ?? 'none' })
  }
  /** Down the ladder: the speech server of the house, then the speaker's own recogniser. */
  const hear = async ({ lan, own }: Ears, samples: Int16Array): Promise<string> => {
    const heard = await lan?.hear(samples)
    if (heard?.ok) return heard.value
    if (own) return own.hear(samples)
    throw new Error(heard?.error.message ?? 'nothing hears')
  }
  const answerTo = async ({ language, ears, dialogue, voice }: Mind, request: LocalRequest): Promise<LocalAnswer> => {
    const { said } = request
    const text = said.type === 'text' ? said.text : await hear(ears, requestIn(said, language))
    const answer = dialogue.reply({ ...request, text })
    const sound = answer.sentences.length > 0 ? await voice?.speak(answer.sentences.join(' ')) : undefined
    return { ...answer, ...(sound ? { sound } : {}) }
  }
  const answer = async ({ requestId, request }: Extract<ToUnderstanding, { type: 'answer' }>) => {
    if (!mind) return send({ type: 'failed', requestId, message: 'nothing is loaded' })
    try {
      send({ type: 'answered', requestId, answer: await answerTo(mind, request) })
    } catch (error) {
      send({ type: 'failed', requestId, message: describe(error) })
    }
  }
  const take = (message: ToUnderstanding): Promise<void> => {
    switch (message.type) {
      case 'open':
        return open(message).catch((error: unknown) => send({ type: 'missing', reason: describe(error) }))
      case 'answer':
        return answer(message)
      default:
        return assertNever(message)
    }
  }
  return (message: ToUnderstanding): void => {
    turn = turn.then(() => take(message))
  }
}
