import { definitionFor, grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import type { SpeakerContext } from '@mynah/shared/dialogue/speaker-context.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { describe, expect, it } from 'vitest'
import { startConversation } from './conversation.ts'
import { scriptedModel, words } from './scripted-model.ts'

const never = new AbortController().signal
const itemNamed = (kind: ScheduleItem['kind'], label: string): ScheduleItem => ({
  item_id: `${kind}-${label}`,
  kind,
  fires_at: '2026-01-01T15:00:00.000Z',
  label,
})
/** Two homes at the same time of day and as loud, which have nothing else in common. */
const homes: readonly Partial<SpeakerContext>[] = ['Ada', 'Bertrand'].map((name) => ({
  name,
  room: `the room of ${name}`,
  schedule: (['timer', 'alarm', 'reminder'] as const).map((kind) => itemNamed(kind, `${kind} of ${name}`)),
}))

type Conversation = ReturnType<typeof startConversation>
const sentencesOf = async ({ dialogue, requestFor }: Conversation, text: string, outOfGrammar = false) => {
  const sentences: { readonly text: string; readonly isCommon: boolean }[] = []
  for await (const event of dialogue.reply(requestFor(text, { outOfGrammar }), never))
    if (event.type === 'sentence') sentences.push({ text: event.text, isCommon: event.isCommon === true })
  return sentences
}
const commonIn = async (conversation: Conversation, text: string) =>
  (await sentencesOf(conversation, text)).filter(({ isCommon }) => isCommon).map((sentence) => sentence.text)

/** All examples of the grammar, and many more sentences that it generates. */
const requestsIn = (language: Language): readonly string[] => {
  const grammar = grammarFor(language)
  const random = seededRandom(5)
  return [
    ...definitionFor(language).intents.flatMap(({ examples }) => examples),
    ...Array.from({ length: 1_500 }, () => grammar.textOf(grammar.generate({ random, typed: false }).words)),
  ]
}

describe('a reply that anybody may be told', () => {
  it.each(['en', 'zh'] as const)(
    'is the same in homes that share nothing (%s)',
    async (language) => {
      let common = 0
      for (const text of requestsIn(language)) {
        const [one, other] = homes.map((speaker) => startConversation({ language, speaker: { ...speaker, language } }))
        if (!one || !other) continue
        const told = await commonIn(one, text)
        expect(await commonIn(other, text), text).toEqual(told)
        expect(told.join(' '), text).not.toMatch(/Ada|Bertrand/)
        common += told.length
      }
      expect(common).toBeGreaterThan(500)
    },
    60_000,
  )

  it('is what many ask for', async () => {
    const asked = [
      'what time is it',
      'set a timer for ten minutes',
      'louder',
      'stop',
      'what can you do',
      '现在几点',
      '',
    ]
    for (const text of asked) expect((await commonIn(startConversation(), text)).length, text).toBeGreaterThan(0)
  })

  it('has no words of anybody in it', async () => {
    const home = startConversation({ speaker: homes[0] ?? {} })
    for (const text of ['set a pasta timer for ten minutes', 'remind me to call Ada at nine', 'what alarms do I have'])
      expect(await commonIn(home, text), text).toEqual([])
    await sentencesOf(home, 'set a pasta timer for nine minutes')
    expect(await commonIn(home, 'say that again')).toEqual([])
    expect((await sentencesOf(home, 'the quick brown fox', true)).some(({ isCommon }) => isCommon)).toBe(false)
  })

  it('is not one of a language model', async () => {
    const answers = startConversation({ languageModel: (clock) => scriptedModel(clock, [words('Hello.')]).model })
    expect(await sentencesOf(answers, 'tell me a story about the sea')).toEqual([{ text: 'Hello.', isCommon: false }])
  })
})
