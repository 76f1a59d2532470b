import type { PendingQuestion } from '@mynah/shared/dialogue/skills/skill.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { ChatMessage } from '../providers/stages.ts'
import type { TurnId } from './dialogue.ts'
import { createExpiringMap } from './expiring-map.ts'

export const conversationExpiryMs = 600_000
export const questionExpiryMs = 60_000
const mostConversations = 1_000
const mostTurns = 12
const mostCharacters = 6_000

type Turn = { readonly sessionId: string; readonly asked: string; reply: string; settled: boolean }

type Conversation = {
  readonly turns: Turn[]
  question?: { readonly pending: PendingQuestion; readonly expiresAtMs: number }
}

/** The turn under way: its reply grows sentence by sentence until it is known what was heard of it. */
export type OpenTurn = { readonly append: (sentence: string) => void }

/** What was said in each conversation, and what is still open in it. Bounded in every direction; nothing of it is stored. */
export type ConversationMemory = {
  readonly openTurn: (turn: TurnId, asked: string) => OpenTurn
  /**
   * Replaces the reply of this turn by the part that was heard; nothing heard leaves the question alone. The speaker may tell it
   * when the next turn has long begun.
   */
  readonly recordHeard: (turn: TurnId, heardReplyText: string) => void
  /** Oldest first, within the bounds of turns and characters. Turns without a reply are left out. */
  readonly historyOf: (conversationId: string) => readonly ChatMessage[]
  readonly lastReplyOf: (conversationId: string) => string | undefined
  readonly ask: (conversationId: string, pending: PendingQuestion) => void
  /** The open question, once: it is answered or dropped by the turn that takes it. */
  readonly takeQuestion: (conversationId: string) => PendingQuestion | undefined
}

const joinSentences = (before: string, sentence: string): string => {
  if (before === '') return sentence
  return /[。！？，]$/u.test(before) ? `${before}${sentence}` : `${before} ${sentence}`
}

const trim = (turns: Turn[]): void => {
  let characters = turns.reduce((sum, turn) => sum + turn.asked.length + turn.reply.length, 0)
  while (turns.length > 1 && (turns.length > mostTurns || characters > mostCharacters)) {
    const oldest = turns.shift()
    characters -= (oldest?.asked.length ?? 0) + (oldest?.reply.length ?? 0)
  }
}

export const createConversationMemory = (clock: Clock): ConversationMemory => {
  const conversations = createExpiringMap<Conversation>({
    clock,
    capacity: mostConversations,
    expiryMs: conversationExpiryMs,
  })

  const open = (conversationId: string): Conversation => {
    const known = conversations.get(conversationId)
    if (known) return known
    const conversation: Conversation = { turns: [] }
    conversations.set(conversationId, conversation)
    return conversation
  }

  return {
    openTurn: ({ conversationId, sessionId }, asked) => {
      const { turns } = open(conversationId)
      const turn: Turn = { sessionId, asked: asked.slice(0, mostCharacters / 2), reply: '', settled: false }
      turns.push(turn)
      trim(turns)
      return {
        append: (sentence) => {
          if (turn.settled || turn.reply.length > mostCharacters / 2) return
          turn.reply = joinSentences(turn.reply, sentence)
          trim(turns)
        },
      }
    },
    recordHeard: ({ conversationId, sessionId }, heardReplyText) => {
      const turn = conversations.get(conversationId)?.turns.findLast((one) => one.sessionId === sessionId)
      if (!turn) return
      turn.reply = heardReplyText.trim().slice(0, mostCharacters / 2)
      turn.settled = true
    },
    historyOf: (conversationId) =>
      (conversations.get(conversationId)?.turns ?? [])
        .filter((turn) => turn.reply !== '')
        .flatMap((turn): ChatMessage[] => [
          { role: 'user', content: turn.asked },
          { role: 'assistant', content: turn.reply },
        ]),
    lastReplyOf: (conversationId) =>
      conversations.get(conversationId)?.turns.findLast((turn) => turn.reply !== '')?.reply,
    ask: (conversationId, pending) => {
      open(conversationId).question = { pending, expiresAtMs: clock.now() + questionExpiryMs }
    },
    takeQuestion: (conversationId) => {
      const conversation = conversations.get(conversationId)
      const question = conversation?.question
      if (!conversation || !question) return undefined
      delete conversation.question
      return clock.now() < question.expiresAtMs ? question.pending : undefined
    },
  }
}
