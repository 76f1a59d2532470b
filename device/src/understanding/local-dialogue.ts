import type { Grammar } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { answerPending } from '@mynah/shared/dialogue/skills/answer-pending.ts'
import { followUp, topicMs } from '@mynah/shared/dialogue/skills/follow-up.ts'
import {
  inLanguage,
  type PendingQuestion,
  type SkillContext,
  type SkillReply,
  type Topic,
} from '@mynah/shared/dialogue/skills/skill.ts'
import { skills } from '@mynah/shared/dialogue/skills/skills.ts'
import type { SpeakerContext } from '@mynah/shared/dialogue/speaker-context.ts'
import { withoutWakeWord } from '@mynah/shared/dialogue/wake-prefix.ts'
import { isTimeZone } from '@mynah/shared/time/zoned-time.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { LocalAnswer } from './understanding.ts'

export type LocalDialogueDeps = {
  readonly language: Language
  readonly grammar: Grammar
  readonly random: () => number
  readonly newId: () => string
}

export type Asked = {
  /** As recognised or typed, perhaps with the wake word; empty when nothing was made of the sound. */
  readonly text: string
  readonly speaker: SpeakerContext
  readonly nowMs: number
  readonly tellAway: boolean
}

/** Answers by the same skills as the cloud. It remembers an open question, the last reply and what that was about, and nothing else. */
export type LocalDialogue = { readonly reply: (asked: Asked) => Omit<LocalAnswer, 'sound'> }

/** How long a question of the speaker can be answered: the follow-up window and the time to speak. */
const questionMs = 60_000

const away = (language: Language): string =>
  inLanguage(
    language,
    "I can't reach the cloud. Until it is back I understand timers, alarms, the time and the volume.",
    '我现在连不上云端。在恢复之前，我还听得懂计时器、闹钟、时间和音量。',
  )

const notUnderstood = (language: Language): string =>
  inLanguage(language, "Sorry, I didn't understand that.", '抱歉，我没有听懂。')

export const createLocalDialogue = ({ language, grammar, random, newId }: LocalDialogueDeps): LocalDialogue => {
  let question: { readonly asked: PendingQuestion; readonly atMs: number } | undefined
  let lastReply: string | undefined
  let about: { readonly topic: Topic; readonly atMs: number } | undefined
  let volumeBeforeMute: number | undefined

  const contextOf = ({ speaker, nowMs }: Asked): SkillContext => ({
    slots: {},
    language,
    speaker: { ...speaker, timeZone: isTimeZone(speaker.timeZone) ? speaker.timeZone : 'UTC' },
    nowMs,
    random,
    newId,
    ...(about && nowMs - about.atMs < topicMs ? { about: about.topic } : {}),
    ...(lastReply === undefined ? {} : { lastReply }),
    ...(volumeBeforeMute === undefined ? {} : { volumeBeforeMute }),
  })
  const takeQuestion = (nowMs: number): PendingQuestion | undefined => {
    const open = question && nowMs - question.atMs < questionMs ? question.asked : undefined
    question = undefined
    return open
  }
  const answerTo = (asked: Asked): SkillReply | undefined => {
    const text = withoutWakeWord(asked.text)
    if (text === '') return undefined
    const context = contextOf(asked)
    const understood = grammar.understand(asked.text)
    const open = takeQuestion(asked.nowMs)
    const answer = open && answerPending({ question: open, understood, text }, context)
    if (answer) return answer
    return (
      understood &&
      (followUp(understood, context) ?? skills[understood.intent]({ ...context, slots: understood.slots }))
    )
  }
  const remember = (reply: SkillReply, { speaker, nowMs }: Asked) => {
    lastReply = reply.sentences.join(' ')
    about = reply.about && { topic: reply.about, atMs: nowMs }
    if (reply.pending) question = { asked: reply.pending, atMs: nowMs }
    const mutes = reply.actions?.some(
      (action) => action.type === 'command' && action.command.type === 'set_volume' && action.command.volume === 0,
    )
    if (mutes && speaker.volume > 0) volumeBeforeMute = Math.round(speaker.volume)
  }
  return {
    reply: (asked) => {
      const reply = answerTo(asked)
      if (reply) remember(reply, asked)
      const before = asked.tellAway ? [away(language)] : []
      return {
        understood: reply !== undefined,
        heard: asked.text,
        // Who has just heard what is understood without the cloud need not hear too that this was not.
        sentences: [...before, ...(reply?.sentences ?? (asked.tellAway ? [] : [notUnderstood(language)]))],
        actions: reply?.actions ?? [],
        expectsReply: reply?.pending !== undefined,
      }
    },
  }
}
