import { assertNever } from '@mynah/shared/assert-never.ts'
import { grammarOnly } from '@mynah/shared/dialogue/grammar/grammar.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createLocalDialogue, type LocalDialogue } from './local-dialogue.ts'
import { localIntents } from './local-intents.ts'
import { findLocalVoice, type LocalVoice } from './local-voice.ts'
import { type Ear, openSphinxEar } from './sphinx-ear.ts'
import type { LocalAnswer, LocalRequest } from './understanding.ts'
import type { FromUnderstanding, ToUnderstanding } from './understanding-messages.ts'

export type UnderstandingWorkerDeps = {
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly searchPath: string
  readonly send: (message: FromUnderstanding) => void
}

type Mind = { readonly ear: Ear; readonly dialogue: LocalDialogue; readonly voice: LocalVoice | undefined }

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What runs in the process of its own: ear, dialogue and voice of one language. The result takes the messages, in order. */
export const createUnderstandingWorker = (deps: UnderstandingWorkerDeps) => {
  const { send } = deps
  let mind: Mind | undefined
  let turn: Promise<void> = Promise.resolve()

  const open = async ({ language, zhModelDir }: Extract<ToUnderstanding, { type: 'open' }>) => {
    const grammar = grammarOnly(language, localIntents)
    const ear = await openSphinxEar({ language, grammar, ...(zhModelDir === undefined ? {} : { zhModelDir }) })
    if (!ear.ok) return send({ type: 'missing', reason: ear.error.message })
    const voice = findLocalVoice({ ...deps, language })
    mind = { ear: ear.value, dialogue: createLocalDialogue({ ...deps, language, grammar }), voice }
    send({ type: 'ready', engine: ear.value.engine, voice: voice?.name ?? 'none' })
  }
  const answerTo = async ({ ear, dialogue, voice }: Mind, request: LocalRequest): Promise<LocalAnswer> => {
    const { said } = request
    const text = said.type === 'text' ? said.text : await ear.hear(said.samples)
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
