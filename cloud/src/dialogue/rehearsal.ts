import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { skills } from '@mynah/shared/dialogue/skills/skills.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'

/** Commands that between them use the matcher, numbers, the time zone data and the schedule. */
export const rehearsedCommands: Readonly<Record<Language, readonly string[]>> = {
  en: ['what time is it', 'what is twelve times seven', 'flip a coin', 'set an alarm for seven tomorrow'],
  zh: ['现在几点', '十二乘以七等于多少', '抛个硬币', '设一个明天早上七点的闹钟'],
}

/**
 * Understands and answers some commands that nobody spoke: what a process runs for the first time (grammar, Intl, skills) takes tens
 * of milliseconds, and the first person who speaks should not wait for it. Answers how many of them were answered.
 */
export const rehearse = (language: Language): number => {
  const grammar = grammarFor(language)
  const speaker = { deviceId: '', language, timeZone: 'UTC', volume: 50, schedule: [] }
  const context = { language, speaker, nowMs: 0, random: () => 0, newId: () => '' }
  const answered = rehearsedCommands[language].filter((text) => {
    grammar.completenessOf(text)
    const understood = grammar.understand(text)
    return understood && skills[understood.intent]({ ...context, slots: understood.slots }).sentences.length > 0
  })
  return answered.length
}
