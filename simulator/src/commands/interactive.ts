import { finishedTurn, nextTurn, speakInto } from '../conversation.ts'
import { ExpectationError } from '../event-watch.ts'
import type { CommonOptions } from '../options.ts'
import { type CommandDeps, type ExitCode, inPlace, orThrow, type Place } from './context.ts'
import { presentTurn, utteranceFor } from './say.ts'

export const interactiveHelp = [
  'Type a sentence and someone says it in the room ("hey jarvis, what time is it").',
  '  /text SENTENCE   type it to the speaker instead of saying it',
  '  /button          press the button of the speaker',
  '  /loss PERCENT    lose that share of the datagrams, both ways',
  '  /cut, /restore   pull the network cable, plug it in again',
  '  /help            this list',
  '  /quit            the end (also Ctrl-D, Ctrl-C)',
].join('\n')

/** A typed line, understood. Unknown commands and bad numbers are `wrong` with a sentence. */
export type Line =
  | { readonly type: 'nothing' | 'button' | 'cut' | 'restore' | 'help' | 'quit' }
  | { readonly type: 'say' | 'text'; readonly text: string }
  | { readonly type: 'loss'; readonly share: number }
  | { readonly type: 'wrong'; readonly message: string }

export const parseLine = (line: string): Line => {
  const text = line.trim()
  if (text === '') return { type: 'nothing' }
  if (!text.startsWith('/')) return { type: 'say', text }
  const [name = '', ...words] = text.slice(1).split(/\s+/)
  const rest = words.join(' ')
  switch (name) {
    case 'button':
    case 'cut':
    case 'restore':
    case 'help':
    case 'quit':
      return { type: name }
    case 'text':
      return rest ? { type: 'text', text: rest } : { type: 'wrong', message: '/text needs a sentence' }
    case 'loss': {
      const percent = rest === '' ? Number.NaN : Number(rest)
      return percent >= 0 && percent <= 100
        ? { type: 'loss', share: percent / 100 }
        : { type: 'wrong', message: `/loss takes a percentage from 0 to 100, not "${rest}"` }
    }
    default:
      return { type: 'wrong', message: `There is no /${name}. Type /help for the list` }
  }
}

type Talk = { readonly deps: CommandDeps; readonly place: Place; readonly options: CommonOptions }

const awaitTurn = async (
  talk: Talk,
  since: number,
  endOfSpeech: ReturnType<typeof speakInto> | undefined,
  signal: AbortSignal,
) => {
  const { place } = talk
  const sessionId = await nextTurn(place.speaker, since, signal)
  const conversation = await finishedTurn(
    { speaker: place.speaker, sessionId, ...(endOfSpeech ? { said: endOfSpeech } : {}) },
    signal,
  )
  await presentTurn(talk.deps, { conversation, place, options: talk.options })
}

const follow = async (talk: Talk, line: Line, signal: AbortSignal): Promise<void> => {
  const { deps, place, options } = talk
  const since = place.speaker.watch.mark()
  switch (line.type) {
    case 'say': {
      const request = { text: line.text, language: options.language, voice: options.voice }
      const said = speakInto(place, orThrow(await utteranceFor(request, signal)))
      return awaitTurn(talk, since, said, signal)
    }
    case 'text':
      place.speaker.sayText(line.text)
      return awaitTurn(talk, since, undefined, signal)
    case 'button':
      return place.speaker.pressButton()
    case 'loss':
      return place.speaker.link.setConditions({ up: { loss: line.share }, down: { loss: line.share } })
    case 'cut':
      return place.speaker.network.cut()
    case 'restore':
      return place.speaker.network.restore()
    case 'help':
      return deps.print(interactiveHelp)
    case 'wrong':
      return deps.note(line.message)
    case 'nothing':
    case 'quit':
      return
  }
}

/** `interactive`: a conversation by typing what is said; a turn that goes wrong is told and the next may begin. */
export const interactive = (
  deps: CommandDeps,
  command: { readonly options: CommonOptions },
  signal: AbortSignal,
): Promise<ExitCode> =>
  inPlace<ExitCode>(
    deps,
    command.options,
    async (place) => {
      deps.note(interactiveHelp)
      for await (const typed of deps.typedLines()) {
        if (signal.aborted) break
        const line = parseLine(typed)
        if (line.type === 'quit') break
        try {
          await follow({ deps, place, options: command.options }, line, signal)
        } catch (error) {
          if (!(error instanceof ExpectationError)) throw error
          deps.note(error.message)
        }
      }
      return 0
    },
    signal,
  )
