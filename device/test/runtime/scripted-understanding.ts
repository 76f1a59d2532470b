import { grammarOnly } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { ok } from '@mynah/shared/result.ts'
import { createLocalDialogue } from '../../src/understanding/local-dialogue.ts'
import { localIntents } from '../../src/understanding/local-intents.ts'
import type { Ability, LocalRequest, Understanding } from '../../src/understanding/understanding.ts'

const grammar = grammarOnly('en', localIntents)

/** The real commands and their real answers; only the ear and the voice are scripted: `heard` is what was said, a reply is a tone. */
export const createScriptedUnderstanding = (options: { readonly voice?: boolean } = {}) => {
  let ids = 0
  const dialogue = createLocalDialogue({ language: 'en', grammar, random: () => 0, newId: () => `local-${++ids}` })
  const requests: LocalRequest[] = []
  const listeners: ((ability: Ability) => void)[] = []
  const words: string[] = []
  const needed: boolean[] = []
  let ability: Ability = { type: 'unknown' }
  const commands: Ability = { type: 'commands', engine: 'scripted', voice: 'tone' }
  const understanding: Understanding = {
    ability: () => ability,
    onAbility: (listener) => {
      listeners.push(listener)
      return () => {}
    },
    setNeeded: (now) => void needed.push(now),
    setLanguage: () => {},
    prepare: () => {},
    answer: async (request) => {
      requests.push(request)
      const text = request.said.type === 'text' ? request.said.text : (words.shift() ?? '')
      const answer = dialogue.reply({ ...request, text })
      return ok({ ...answer, ...(options.voice === false ? {} : { sound: new Int16Array(7_200).fill(4_000) }) })
    },
    run: async () => {
      ability = commands
      for (const listener of listeners) listener(ability)
    },
  }
  return { understanding, requests, needed, willHear: (text: string) => void words.push(text) }
}
