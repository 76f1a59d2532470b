import { grammarOnly } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { expect, it } from 'vitest'
import { createLocalDialogue } from '../../src/understanding/local-dialogue.ts'
import { localIntents } from '../../src/understanding/local-intents.ts'

const start = () => {
  let ids = 0
  const dialogue = createLocalDialogue({
    language: 'en',
    grammar: grammarOnly('en', localIntents),
    random: () => 0,
    newId: () => `id-${++ids}`,
  })
  const speaker = { deviceId: 'kitchen', language: 'en', timeZone: 'UTC', volume: 40, schedule: [] } as const
  const atMs = instant('2026-01-01T14:15:00Z').getTime()
  return (text: string, afterMs = 0) => dialogue.reply({ text, speaker, nowMs: atMs + afterMs, tellAway: false })
}

it('a timer that was just set is gone when somebody says cancel', () => {
  const say = start()
  const set = say('set a timer for ten minutes').actions[0]
  const itemId = set?.type === 'schedule' && set.change.action === 'set' ? set.change.item.item_id : undefined
  expect(say('cancel', 5_000)).toMatchObject({
    sentences: ["I've cancelled the ten minute timer."],
    actions: [{ change: { action: 'cancel', item_id: itemId } }],
  })
  expect(say('cancel', 9_000)).toMatchObject({ sentences: ['Okay, never mind.'], actions: [] })
})

it('two minutes later it is not', () => {
  const say = start()
  say('set a timer for ten minutes')
  expect(say('cancel', 120_000)).toMatchObject({ sentences: ['Okay, never mind.'], actions: [] })
})
