import { apologyFor } from './apologies.ts'
import { replyTextOf } from './endings.ts'
import type { TurnFailure } from './ports.ts'
import type { Effect, Sentence, SessionEvent, Turn } from './state.ts'

/** What a reply does to a turn while it is being written, whether or not some of it is spoken already. */
export type Writing = readonly [turn: Turn, effects: readonly Effect[]]

const speak = (turn: Turn, sentence: Sentence): Effect => ({
  type: 'command_audio',
  command: {
    type: 'speak',
    sessionId: turn.sessionId,
    sentenceId: sentence.sentenceId,
    text: sentence.text,
    language: sentence.language,
    ...(turn.voice !== undefined && sentence.language === turn.language ? { voice: turn.voice } : {}),
    ...(sentence.isCommon && { isCommon: sentence.isCommon }),
  },
})

const finishSpeaking = (turn: Turn): Effect => ({
  type: 'command_audio',
  command: { type: 'finish_speaking', sessionId: turn.sessionId },
})

const watchVoice = (turn: Turn): Effect => ({ type: 'watch', watchdog: 'voice', afterMs: turn.limits.voiceMs })

const offer = (turn: Turn): readonly Effect[] => {
  const language = turn.sentences[0]?.language ?? turn.language
  if (turn.sentences.length === 0) return []
  return [{ type: 'offer_audio', text: replyTextOf(turn), language }, watchVoice(turn)]
}

/** Adds a sentence; it is spoken at once when the stream has a path, else kept. */
export const addSentence = (
  turn: Turn,
  { text, language, isCommon }: Pick<Sentence, 'text' | 'language' | 'isCommon'>,
  atMs: number,
): Writing => {
  if (turn.reply !== 'writing' || text.trim() === '') return [turn, []]
  const sentence: Sentence = {
    sentenceId: turn.sentences.length,
    text,
    language,
    isSent: false,
    ...(isCommon && { isCommon }),
  }
  const first = turn.sentences.length === 0
  const dialogue = first && turn.heardAtMs !== undefined ? { dialogue: atMs - turn.heardAtMs } : {}
  const next: Turn = {
    ...turn,
    sentences: [...turn.sentences, sentence],
    timings: { ...turn.timings, ...dialogue },
  }
  const idle = turn.sentences.every((earlier) => earlier.isSent)
  const say = turn.delivery === 'stream' ? [speak(turn, sentence), ...(idle ? [watchVoice(turn)] : [])] : []
  return [next, [...say, { type: 'watch', watchdog: 'reply', afterMs: turn.limits.replyMs }]]
}

/** The reply is complete: the last sound may be followed by the end of the stream. */
export const finishReply = (turn: Turn, effects: readonly Effect[] = []): Writing => {
  const next: Turn = { ...turn, reply: 'written' }
  const rest: readonly Effect[] =
    turn.delivery === 'stream' ? [finishSpeaking(turn)] : turn.delivery === 'url' ? offer(next) : []
  return [next, [...effects, { type: 'unwatch', watchdog: 'reply' }, ...rest]]
}

/** A stage before the voice failed: what was said stands, and one short sentence says what happened. */
export const apologise = (turn: Turn, failure: TurnFailure, atMs: number): Writing => {
  const [withSentence, effects] = addSentence(
    { ...turn, failure, reply: 'writing', expectsReply: false },
    { text: apologyFor(failure.stage, failure.code, turn.language), language: turn.language, isCommon: true },
    atMs,
  )
  return finishReply(withSentence, [{ type: 'abort_reply' }, ...effects])
}

/** A path for the stream exists: everything kept so far is spoken. */
export const deliverByStream = (turn: Turn): Writing => {
  if (turn.delivery !== 'undecided') return [turn, []]
  const next: Turn = { ...turn, delivery: 'stream' }
  const kept = turn.sentences.map((sentence) => speak(next, sentence))
  const watch = kept.length > 0 ? [watchVoice(turn)] : []
  const finish = turn.reply === 'written' ? [finishSpeaking(next)] : []
  return [next, [{ type: 'unwatch', watchdog: 'address' }, ...kept, ...watch, ...finish]]
}

/** No path for the stream: the whole reply is offered by URL once it is written. */
export const deliverByUrl = (turn: Turn): Writing => {
  if (turn.delivery !== 'undecided') return [turn, []]
  const next: Turn = { ...turn, delivery: 'url' }
  return [next, turn.reply === 'written' ? offer(next) : []]
}

/** Its length is known, or all of it has left. */
export const withSentence = (
  turn: Turn,
  event: Extract<SessionEvent, { type: 'sentence_made' | 'sentence_sent' }>,
): Turn => ({
  ...turn,
  sentences: turn.sentences.map((sentence) =>
    sentence.sentenceId === event.sentenceId
      ? { ...sentence, durationMs: event.durationMs, isSent: event.type === 'sentence_sent' }
      : sentence,
  ),
})

export const withFirstPacket = (turn: Turn, atMs: number): Turn => ({
  ...turn,
  timings: { ...turn.timings, wake_to_first_packet_received: atMs - turn.openedAtMs },
})

/** What an event means to a reply under way; undefined when it is none of the reply's events. */
export const onReplyEvent = (turn: Turn, event: SessionEvent, atMs: number): Writing | undefined => {
  switch (event.type) {
    case 'sentence':
      return addSentence(turn, event, atMs)
    case 'action':
      return [turn, turn.reply === 'writing' ? [{ type: 'act', action: event.action }] : []]
    case 'reply_done': {
      if (turn.reply !== 'writing') return [turn, []]
      const llm = event.llmFirstTokenMs === undefined ? {} : { llm_first_token: event.llmFirstTokenMs }
      return finishReply({
        ...turn,
        answeredBy: event.answeredBy,
        expectsReply: event.expectsReply,
        toolsCalled: event.toolsCalled,
        timings: { ...turn.timings, ...llm },
      })
    }
    case 'reply_failed':
      if (turn.reply !== 'writing') return [turn, []]
      return apologise(turn, { stage: event.stage, code: event.code }, atMs)
    case 'sentence_made':
      return [withSentence(turn, event), []]
    case 'first_packet':
      return deliverByStream(withFirstPacket(turn, event.atMs))
    default:
      return undefined
  }
}
