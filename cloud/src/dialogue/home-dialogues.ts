import type { LanguageModel } from '../providers/stages.ts'
import type { Dialogue } from './dialogue.ts'

/** What a home has chosen. `key` changes whenever the choice does. */
export type HomeChoice = {
  readonly key: string
  readonly languageModel?: LanguageModel
  /** Who answers, in the words of the home's owner. */
  readonly persona?: string
}

export type HomeDialoguesDeps = {
  /** For homes that have chosen nothing. */
  readonly standard: Dialogue
  readonly create: (languageModel: LanguageModel | undefined) => Dialogue
  /** Undefined: the home has chosen nothing. Called once a turn: fast, synchronous. */
  readonly choiceOf: (deviceId: string) => { readonly homeId: string; readonly choice: HomeChoice } | undefined
}

const maxConversations = 10_000

/** The same model, told who it is in front of everything else it is told. */
export const withPersona = (model: LanguageModel, persona: string): LanguageModel => ({
  reply: ({ messages, tools }, signal) => {
    const [first, ...rest] = messages
    const told = { role: 'system', content: persona } as const
    const spoken =
      first?.role === 'system'
        ? [{ role: 'system', content: `${persona}\n\n${first.content}` } as const, ...rest]
        : [told, ...messages]
    return model.reply({ messages: spoken, tools }, signal)
  },
})

/** One dialogue for each home that has a language model or persona of its own, made when it is first needed; behind one interface. */
export const createHomeDialogues = ({ standard, create, choiceOf }: HomeDialoguesDeps): Dialogue => {
  const byHome = new Map<string, { readonly key: string; readonly dialogue: Dialogue }>()
  const byConversation = new Map<string, Dialogue>()
  const dialogueFor = (deviceId: string): Dialogue => {
    const chosen = choiceOf(deviceId)
    if (!chosen) return standard
    const { homeId, choice } = chosen
    const known = byHome.get(homeId)
    if (known?.key === choice.key) return known.dialogue
    const { languageModel, persona } = choice
    const dialogue = create(languageModel && persona ? withPersona(languageModel, persona) : languageModel)
    byHome.set(homeId, { key: choice.key, dialogue })
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
      const dialogue = dialogueFor(request.speaker.deviceId)
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
