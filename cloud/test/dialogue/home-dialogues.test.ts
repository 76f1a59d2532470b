import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, test } from 'vitest'
import { createDialogue } from '../../src/dialogue/create-dialogue.ts'
import type { DialogueEvent, DialogueRequest } from '../../src/dialogue/dialogue.ts'
import { createHomeDialogues, type HomeModel } from '../../src/dialogue/home-dialogues.ts'
import type { LanguageModel } from '../../src/providers/stages.ts'
import { speakerInZurich } from './conversation.ts'

/** A model that says its name, and keeps what it was told first. */
const namedModel = (name: string) => {
  const told: string[] = []
  const model: LanguageModel = {
    reply: async function* ({ messages }) {
      const [first] = messages
      told.push(first && 'content' in first ? first.content : '')
      yield { type: 'text', text: `${name} here.` }
    },
  }
  return { model, told }
}

const bench = () => {
  const clock = createManualClock()
  const cloud = namedModel('Cloud')
  const own = namedModel('Own')
  const chosen = new Map<string, HomeModel>([
    ['own', { key: 'own 1', languageModel: own.model }],
    ['none', { key: 'none 1' }],
  ])
  const create = (languageModel: LanguageModel | undefined) =>
    createDialogue({ clock, log: silentLog, random: () => 0, ...(languageModel && { languageModel }) })
  const dialogue = createHomeDialogues({
    standard: create(cloud.model),
    create,
    modelOf: (homeId) => chosen.get(homeId),
  })
  let turn = 0
  const ask = async (more: Partial<DialogueRequest> = {}): Promise<string> => {
    turn += 1
    const request: DialogueRequest = {
      text: 'why is the sky blue',
      outOfGrammar: false,
      language: 'en',
      speaker: speakerInZurich,
      conversationId: `c${turn}`,
      sessionId: `s${turn}`,
      ...more,
    }
    const events: DialogueEvent[] = []
    for await (const event of dialogue.reply(request, new AbortController().signal)) events.push(event)
    return events.flatMap((event) => (event.type === 'sentence' ? [event.text] : [])).join(' ')
  }
  return { ask, cloud, own }
}

describe('a home', () => {
  test('is answered by the language model it has chosen, by the cloud’s, or by none', async () => {
    const { ask } = bench()
    expect(await ask()).toBe('Cloud here.')
    expect(await ask({ homeId: 'plain' })).toBe('Cloud here.')
    expect(await ask({ homeId: 'own' })).toBe('Own here.')
    expect(await ask({ homeId: 'none' })).toContain('no language model')
  })

  test('is answered by the persona of the turn, with whatever model', async () => {
    const { ask, cloud, own } = bench()
    const persona = { name: 'Jarvis', prompt: 'You are a dry English butler.' }
    await ask({ persona })
    await ask({ persona, homeId: 'own' })
    await ask()
    for (const told of [cloud.told[0], own.told[0]]) {
      expect(told).toMatch(/^You are Jarvis, a smart speaker/)
      expect(told).toMatch(/\n\nYou are a dry English butler\.$/)
    }
    expect(cloud.told[1]).toMatch(/^You are Mynah/)
    expect(cloud.told[1]).not.toContain('butler')
  })
})
