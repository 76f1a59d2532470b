import { ok, type Result } from '@mynah/shared/result.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { type Conversation, converse, finishedTurn, nextTurn } from '../conversation.ts'
import type { CommonOptions } from '../options.ts'
import { joinUtterances, type PersonError, sayText, type Utterance, utteranceOfWav } from '../person.ts'
import { defaultReplyPath, writeReplyWav } from '../reply-wav.ts'
import { summaryJson, summaryText } from '../turn-summary.ts'
import { type CommandDeps, type ExitCode, exitCodeOf, inPlace, type Place } from './context.ts'

const wakeWord = 'hey jarvis'
const pauseAfterWakeWordMs = 350

/**
 * A sentence in its own language. The wake word of a Chinese sentence is English (openWakeWord has no Chinese one), so it is said by
 * an English voice before the rest, and put there when it is missing.
 */
export const utteranceFor = async (
  request: { readonly text: string; readonly language: Language; readonly voice?: string | undefined },
  signal: AbortSignal,
): Promise<Result<Utterance, PersonError>> => {
  if (request.language === 'en') return sayText(request, signal)
  const [, latin = '', rest = ''] = /^([^\p{Script=Han}]*)(.*)$/su.exec(request.text) ?? []
  const wake = await sayText({ text: latin.trim() || wakeWord, language: 'en' }, signal)
  if (!wake.ok || rest === '') return wake
  const command = await sayText({ ...request, text: rest }, signal)
  return command.ok ? ok(joinUtterances(wake.value, command.value, pauseAfterWakeWordMs)) : command
}

/** Prints a finished turn, writes its sound, and says whether it completed. */
export const presentTurn = async (
  deps: CommandDeps,
  turn: { readonly conversation: Conversation; readonly place: Place; readonly options: CommonOptions },
): Promise<ExitCode> => {
  const { conversation, place, options } = turn
  const { sessionId, reason } = conversation.turn
  const path = options.replyPath ?? defaultReplyPath(sessionId)
  const replyPath = conversation.replySound.length > 0 ? await writeReplyWav(path, conversation.replySound) : undefined
  if (options.json) deps.print(JSON.stringify(summaryJson(conversation, { phase: place.speaker.phase(), replyPath })))
  else deps.print(summaryText(conversation, replyPath))
  return reason === 'completed' ? 0 : 1
}

const speakAndPresent = (
  deps: CommandDeps,
  options: CommonOptions,
  utterance: Result<Utterance, PersonError>,
  signal: AbortSignal,
): Promise<ExitCode> | ExitCode => {
  if (!utterance.ok) {
    deps.note(utterance.error.message)
    return exitCodeOf(utterance.error)
  }
  return inPlace(
    deps,
    options,
    async (place) => {
      const conversation = await converse({ house: place, speaker: place.speaker, utterance: utterance.value }, signal)
      return presentTurn(deps, { conversation, place, options })
    },
    signal,
  )
}

/** `say`: one spoken turn. */
export const say = async (
  deps: CommandDeps,
  command: { readonly text: string; readonly options: CommonOptions },
  signal: AbortSignal,
): Promise<ExitCode> => {
  const { text, options } = command
  const utterance = await utteranceFor({ text, language: options.language, voice: options.voice }, signal)
  return speakAndPresent(deps, options, utterance, signal)
}

/** `play`: one turn from a recording of any rate. */
export const play = async (
  deps: CommandDeps,
  command: { readonly path: string; readonly options: CommonOptions },
  signal: AbortSignal,
): Promise<ExitCode> => speakAndPresent(deps, command.options, await utteranceOfWav(command.path), signal)

/** `text`: one typed turn; only the reply is sound. */
export const text = (
  deps: CommandDeps,
  command: { readonly text: string; readonly options: CommonOptions },
  signal: AbortSignal,
): Promise<ExitCode> =>
  inPlace(
    deps,
    command.options,
    async (place) => {
      const since = place.speaker.watch.mark()
      place.speaker.sayText(command.text)
      const sessionId = await nextTurn(place.speaker, since, signal)
      const conversation = await finishedTurn({ speaker: place.speaker, sessionId }, signal)
      return presentTurn(deps, { conversation, place, options: command.options })
    },
    signal,
  )
