import type { LanguageModel } from '../providers/stages.ts'
import type { Dialogue } from './dialogue.ts'

/** The language model of a home's own. `key` changes whenever the choice does. */
export type HomeModel = {
  readonly key: string
  /** Absent: the home wants none. */
  readonly languageModel?: LanguageModel
}

export type HomeDialoguesDeps = {
  /** For homes that have chosen nothing. */
  readonly standard: Dialogue
  readonly create: (languageModel: LanguageModel | undefined) => Dialogue
  /** Undefined: the home has chosen nothing. Called once a turn: fast, synchronous. */
  readonly modelOf: (homeId: string) => HomeModel | undefined
}

const maxConversations = 10_000

/** One dialogue for each home that has a language model of its own, made when it is first needed; behind one interface. */
export const createHomeDialogues = ({ standard, create, modelOf }: HomeDialoguesDeps): Dialogue => {
  const byHome = new Map<string, { readonly key: string; readonly dialogue: Dialogue }>()
  const byConversation = new Map<string, Dialogue>()
  const dialogueFor = (homeId: string | undefined): Dialogue => {
    const model = homeId === undefined ? undefined : modelOf(homeId)
    if (homeId === undefined || !model) return standard
    const known = byHome.get(homeId)
    if (known?.key === model.key) return known.dialogue
    const dialogue = create(model.languageModel)
    byHome.set(homeId, { key: model.key, dialogue })
    return dialogue
  }
  const remember = (conversationId: string, dialogue: Dialogue) => {
    byConversation.delete(conversationId)
    byConversation.set(conversationId, dialogue)
    const oldest = byConversation.keys().next()
    if (byConversation.size > maxConversations && !oldest.done) byConversation.delete(oldest.value)
  }
  return {
    reply: (request, signal) => {
      const dialogue = dialogueFor(request.homeId)
      remember(request.conversationId, dialogue)
      return dialogue.reply(request, signal)
    },
    recordHeard: (turn, heardReplyText) =>
      (byConversation.get(turn.conversationId) ?? standard).recordHeard(turn, heardReplyText),
    // Commands are the same in every home.
    completenessOf: standard.completenessOf,
    jsgfFor: standard.jsgfFor,
  }
}
