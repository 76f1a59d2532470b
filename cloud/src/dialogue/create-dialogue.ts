import { randomBytes } from 'node:crypto'
import { grammarFor, type Understood } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { answerPending } from '@mynah/shared/dialogue/skills/answer-pending.ts'
import { isCommonlyAnswered } from '@mynah/shared/dialogue/skills/common-replies.ts'
import { followUp, topicMs } from '@mynah/shared/dialogue/skills/follow-up.ts'
import {
  inLanguage,
  type PendingQuestion,
  type SkillContext,
  type SkillReply,
  say,
  type Topic,
} from '@mynah/shared/dialogue/skills/skill.ts'
import { skillNameOf, skills } from '@mynah/shared/dialogue/skills/skills.ts'
import { spokenClock, spokenDate } from '@mynah/shared/dialogue/skills/spoken-time.ts'
import type { DialogueAction } from '@mynah/shared/dialogue/speaker-context.ts'
import { withoutWakeWord } from '@mynah/shared/dialogue/wake-prefix.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { civilTimeAt, isTimeZone } from '@mynah/shared/time/zoned-time.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { ChatMessage, LanguageModel } from '../providers/stages.ts'
import { createConversationMemory, type OpenTurn } from './conversation-memory.ts'
import type { Dialogue, DialogueEvent, DialogueRequest } from './dialogue.ts'
import { createExpiringMap } from './expiring-map.ts'
import { replyByModel } from './model-reply.ts'
import { createModelTools } from './model-tools.ts'

export type DialogueDeps = {
  readonly clock: Clock
  readonly log: Log
  /** Answers what no local skill understands. Without one such requests get a sentence that says so. */
  readonly languageModel?: LanguageModel
  /** Uniform in [0, 1): jokes, coins and dice. */
  readonly random: () => number
}

type SpeakerMemory = {
  readonly lastReply?: string
  readonly volumeBeforeMute?: number
  /** Also for the next wake: a correction needs no question before it. */
  readonly about?: { readonly topic: Topic; readonly untilMs: number }
}

type Turn = {
  readonly request: DialogueRequest
  readonly language: Language
  /** What was asked, without the wake word. */
  readonly asked: string
  readonly context: SkillContext
  readonly record: OpenTurn
}

/** `answeredBy`: its name in records. */
type Answer = { readonly reply: SkillReply; readonly answeredBy: string; readonly isCommon?: boolean }

const speakerExpiryMs = 86_400_000
const mostSpeakers = 20_000
const longestEcho = 120

/** A home may speak two languages: the script of a text decides over the language of the session. */
const languageOf = ({ text, language }: DialogueRequest): Language => {
  if (/\p{Script=Han}/u.test(text)) return 'zh'
  return /[a-z]{2}/i.test(text) && withoutWakeWord(text) !== '' ? 'en' : language
}

const newId = (): string => randomBytes(12).toString('base64url')

const notHeard = (language: Language): SkillReply =>
  say(inLanguage(language, "Sorry, I didn't catch that.", '抱歉，我没有听清。'))

/** Speech that is no command: the owner hears what was recognised, so that a wrong recognition shows. */
const rejected = (text: string, language: Language): SkillReply => {
  const heard = text.slice(0, longestEcho).replace(/[\s.,!?。，！？]+$/u, '')
  return say(
    inLanguage(
      language,
      `I heard: ${heard}. But that is no command I know.`,
      `我听到的是：${heard}。但是我不懂这个指令。`,
    ),
    inLanguage(language, 'Ask me: what can you do, to hear what I understand.', '可以问我：你会做什么。'),
  )
}

const noModel = (language: Language): SkillReply =>
  say(
    inLanguage(
      language,
      "I can't answer that, because no language model is connected to me.",
      '这个我答不了，因为还没有连接语言模型。',
    ),
    inLanguage(
      language,
      'My owner can connect one by setting MYNAH_LLM_URL, as the README explains. Until then, ask me: what can you do.',
      '主人可以设置 MYNAH_LLM_URL 来连接，说明文档里有写。在那之前，可以问我：你会做什么。',
    ),
  )

const systemPrompt = ({ request, language, context }: Turn): string => {
  const { speaker, nowMs } = context
  const { persona } = request
  const now = civilTimeAt(nowMs, speaker.timeZone)
  const rules = [
    `You are ${persona?.name ?? 'Mynah'}, a smart speaker that its owner controls. Your answer is spoken aloud: one to three short sentences of plain words, no lists, no markdown, no emoji, no links.`,
    `Answer in ${language === 'zh' ? 'Chinese (simplified)' : 'English'}. If you do not know something, say so; never claim to have done what no tool did.`,
    `It is ${spokenDate(now, 'en')} ${now.year}, ${spokenClock(now, 'en')}, time zone ${speaker.timeZone}.`,
    ...(speaker.room ? [`You stand in: ${speaker.room}.`] : []),
  ].join(' ')
  return persona?.prompt ? `${rules}\n\n${persona.prompt}` : rules
}

/** Timers and alarms live where they ring. */
const cannotRing = (language: Language): SkillReply =>
  say(
    inLanguage(
      language,
      'I cannot ring from here. Ask a speaker, or set it on the Alarms page.',
      '我在这里没法响铃。请对音箱说，或者在闹钟页面设置。',
    ),
  )

const skillReplyTo = ({ intent, slots }: Understood, context: SkillContext): SkillReply => {
  const needsBell = /^(timer|alarm|reminder)_/.test(intent)
  if (needsBell && context.speaker.keepsSchedule === false) return cannotRing(context.language)
  return skills[intent]({ ...context, slots })
}

/** Where nothing rings nothing was set: there is nothing to go on with. */
const followedUp = (understood: Understood, context: SkillContext): SkillReply | undefined =>
  context.speaker.keepsSchedule === false && understood.intent !== 'answer_city'
    ? undefined
    : followUp(understood, context)

/** "Yes", "the first one", "ten minutes": a whole answer to a question, and nothing without one. */
const isBareAnswer = ({ intent }: Understood): boolean => intent.startsWith('answer_')
/** These go on with something that was said, whoever said it. */
const goesOn = ({ intent }: Understood): boolean => /^answer_(change|more|city)$/.test(intent)

const asksSomething = (sentence: string | undefined): boolean => /[?？]["”’)]*$/u.test(sentence ?? '')

export const createDialogue = ({ clock, log, languageModel, random }: DialogueDeps): Dialogue => {
  const memory = createConversationMemory(clock)
  const speakers = createExpiringMap<SpeakerMemory>({ clock, capacity: mostSpeakers, expiryMs: speakerExpiryMs })

  const lastReplyFor = ({ conversationId, speaker }: DialogueRequest): string | undefined =>
    memory.lastReplyOf(conversationId) ?? speakers.get(speaker.deviceId)?.lastReply

  const openTurn = (request: DialogueRequest): Turn => {
    const language = languageOf(request)
    const asked = withoutWakeWord(request.text)
    const known = speakers.get(request.speaker.deviceId)
    const lastReply = lastReplyFor(request)
    const about = known?.about && clock.now() < known.about.untilMs ? { about: known.about.topic } : {}
    const timeZone = isTimeZone(request.speaker.timeZone) ? request.speaker.timeZone : 'UTC'
    const context: SkillContext = {
      slots: {},
      language,
      speaker: { ...request.speaker, timeZone },
      nowMs: clock.wallTime().getTime(),
      random,
      newId,
      ...about,
      ...(lastReply === undefined ? {} : { lastReply }),
      ...(known?.volumeBeforeMute === undefined ? {} : { volumeBeforeMute: known.volumeBeforeMute }),
    }
    return { request, language, asked, context, record: memory.openTurn(request, asked) }
  }

  const rememberSpeaker = (
    { request, context }: Turn,
    reply: string,
    actions: readonly DialogueAction[],
    topic?: Topic,
  ): void => {
    const { deviceId, volume } = context.speaker
    const mutes = actions.some(
      (action) => action.type === 'command' && action.command.type === 'set_volume' && action.command.volume === 0,
    )
    const before = speakers.get(deviceId)
    const lastReply = reply || before?.lastReply
    const volumeBeforeMute = mutes && volume > 0 ? Math.round(volume) : before?.volumeBeforeMute
    speakers.set(deviceId, {
      ...(lastReply ? { lastReply } : {}),
      ...(volumeBeforeMute === undefined ? {} : { volumeBeforeMute }),
      ...(topic ? { about: { topic, untilMs: clock.now() + topicMs } } : {}),
    })
    log.debug('reply given', { deviceId: request.speaker.deviceId, conversation: request.conversationId })
  }

  function* speak(turn: Turn, { reply, answeredBy, isCommon = false }: Answer): Generator<DialogueEvent> {
    // Actions first: a timer runs from when it was asked for, not from when its confirmation was spoken.
    for (const action of reply.actions ?? []) yield { type: 'action', action }
    if (reply.pending) memory.ask(turn.request.conversationId, reply.pending)
    for (const text of reply.sentences) {
      turn.record.append(text)
      yield { type: 'sentence', text, language: turn.language, ...(isCommon && { isCommon }) }
    }
    rememberSpeaker(turn, reply.sentences.join(' '), reply.actions ?? [], reply.about)
    yield { type: 'done', answeredBy, expectsReply: reply.pending !== undefined, toolsCalled: [] }
  }

  const answerQuestion = (
    turn: Turn,
    question: PendingQuestion | undefined,
    understood: Understood | undefined,
  ): SkillReply | undefined => question && answerPending({ question, understood, text: turn.asked }, turn.context)

  async function* speakModel(
    turn: Turn,
    model: LanguageModel,
    history: readonly ChatMessage[],
    signal: AbortSignal,
  ): AsyncGenerator<DialogueEvent> {
    const { language, context, record } = turn
    const messages: ChatMessage[] = [
      { role: 'system', content: systemPrompt(turn) },
      ...history,
      { role: 'user', content: turn.asked },
    ]
    const sentences: string[] = []
    const actions: DialogueAction[] = []
    const speakSentence = (text: string): DialogueEvent => {
      record.append(text)
      sentences.push(text)
      return { type: 'sentence', text, language }
    }
    const events = replyByModel({ clock, model, messages, tools: createModelTools(context) }, signal)
    for await (const event of events) {
      switch (event.type) {
        case 'sentence':
          yield speakSentence(event.text)
          break
        case 'slow':
          yield { type: 'sentence', text: inLanguage(language, 'One moment.', '请稍等。'), language }
          break
        case 'action':
          actions.push(event.action)
          yield event
          break
        case 'end': {
          if (sentences.length === 0) yield speakSentence(inLanguage(language, 'Done.', '好了。'))
          rememberSpeaker(turn, sentences.join(' '), actions)
          yield {
            type: 'done',
            answeredBy: 'llm',
            expectsReply: asksSomething(sentences.at(-1)),
            toolsCalled: event.toolsCalled,
            ...(event.firstTokenMs === undefined ? {} : { llmFirstTokenMs: event.firstTokenMs }),
          }
        }
      }
    }
  }

  /** What a skill answers, and its name in records; undefined when the model is to answer, or nobody can. */
  const bySkill = (turn: Turn, history: readonly ChatMessage[]): Answer | undefined => {
    const { request, language, context } = turn
    const understood = grammarFor(language).understand(request.text)
    const question = memory.takeQuestion(request.conversationId)
    const answer = answerQuestion(turn, question, understood) ?? (understood && followedUp(understood, context))
    if (answer) return { reply: answer, answeredBy: 'skill:answer' }
    if (!understood) return undefined
    // Whatever no skill has asked or said, the model may have.
    const isForModel = goesOn(understood) || (history.length > 0 && isBareAnswer(understood))
    if (languageModel && isForModel) return undefined
    return {
      reply: skillReplyTo(understood, context),
      answeredBy: skillNameOf(understood.intent),
      isCommon: isCommonlyAnswered(understood),
    }
  }

  async function* reply(request: DialogueRequest, signal: AbortSignal): AsyncGenerator<DialogueEvent> {
    if (signal.aborted) return
    const history = memory.historyOf(request.conversationId)
    const turn = openTurn(request)
    const { asked, language } = turn
    if (asked === '') {
      yield* speak(turn, { reply: notHeard(language), answeredBy: 'rejected', isCommon: true })
      return
    }
    const skill = bySkill(turn, history)
    if (skill) yield* speak(turn, skill)
    else if (languageModel) yield* speakModel(turn, languageModel, history, signal)
    else if (request.outOfGrammar) yield* speak(turn, { reply: rejected(asked, language), answeredBy: 'rejected' })
    else yield* speak(turn, { reply: noModel(language), answeredBy: 'no_llm', isCommon: true })
  }

  return {
    reply,
    completenessOf: (partialText, language) =>
      grammarFor(/\p{Script=Han}/u.test(partialText) ? 'zh' : language).completenessOf(partialText),
    recordHeard: memory.recordHeard,
    jsgfFor: (language) => grammarFor(language).jsgf,
  }
}
