import type { ScheduleChange, ScheduleItem } from '../../wire/schedule-item.ts'
import type { Language } from '../../wire/topics.ts'
import type { Slots } from '../grammar/slot-value.ts'
import type { DialogueAction, SpeakerContext } from '../speaker-context.ts'

/** What was asked back and what the answer completes. */
export type PendingQuestion =
  | { readonly type: 'timer_duration'; readonly label?: string }
  /** `known`: the day that was named without a time. */
  | { readonly type: 'alarm_time'; readonly known: Slots }
  | { readonly type: 'reminder_time'; readonly task?: string; readonly known: Slots }
  | { readonly type: 'reminder_task'; readonly firesAtMs: number }
  | { readonly type: 'cancel_which'; readonly kind: ScheduleItem['kind'] }

/** What a reply was about, for what is said next without saying it again: "and in Tokyo?", "no, ten minutes". */
export type Topic =
  | { readonly type: 'city_time' }
  /** What was set, and by which words. */
  | { readonly type: 'item'; readonly item: ScheduleItem; readonly slots: Slots }

export type SkillContext = {
  readonly slots: Slots
  readonly language: Language
  readonly speaker: SpeakerContext
  /** Wall time, epoch milliseconds. */
  readonly nowMs: number
  readonly random: () => number
  /** A new id for a change or an item: 1 to 64 base64url characters. */
  readonly newId: () => string
  /** The reply before this one, when there was one. */
  readonly lastReply?: string
  /** What the reply before this one was about, when that was a moment ago. */
  readonly about?: Topic
  /** The volume before it was muted here. */
  readonly volumeBeforeMute?: number
}

export type SkillReply = {
  readonly sentences: readonly string[]
  readonly actions?: readonly DialogueAction[]
  /** Set when the last sentence asks something. */
  readonly pending?: PendingQuestion
  readonly about?: Topic
}

export type Skill = (context: SkillContext) => SkillReply

/** One text in both languages, told for what was asked. */
export const inLanguage = (language: Language, english: string, chinese: string): string =>
  language === 'zh' ? chinese : english

export const say = (...sentences: readonly string[]): SkillReply => ({ sentences })

export const schedule = (change: ScheduleChange): DialogueAction => ({ type: 'schedule', change })
