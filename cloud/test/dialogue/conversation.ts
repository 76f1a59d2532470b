import type { DialogueAction, SpeakerContext } from '@mynah/shared/dialogue/speaker-context.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createManualClock, type ManualClock } from '@mynah/shared/time/manual-clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { createDialogue } from '../../src/dialogue/create-dialogue.ts'
import type { DialogueEvent, DialogueRequest } from '../../src/dialogue/dialogue.ts'
import type { LanguageModel } from '../../src/providers/stages.ts'

export type Said = {
  readonly text: string
  readonly sentences: readonly string[]
  readonly actions: readonly DialogueAction[]
  readonly done: (DialogueEvent & { type: 'done' }) | undefined
}

export const speakerInZurich: SpeakerContext = {
  deviceId: 'kitchen',
  language: 'en',
  timeZone: 'Europe/Zurich',
  volume: 50,
  schedule: [],
}

type Options = {
  /** Wall time at the start. */
  readonly at?: string
  readonly language?: Language
  readonly speaker?: Partial<SpeakerContext>
  readonly languageModel?: (clock: ManualClock) => LanguageModel
  readonly random?: () => number
}

/** One conversation with one speaker, whose schedule follows what it is told. */
export const startConversation = (options: Options = {}) => {
  const clock = createManualClock(instant(options.at ?? '2026-01-01T14:15:00Z'))
  const languageModel = options.languageModel?.(clock)
  const dialogue = createDialogue({
    clock,
    log: silentLog,
    random: options.random ?? (() => 0),
    ...(languageModel ? { languageModel } : {}),
  })
  let speaker: SpeakerContext = { ...speakerInZurich, ...options.speaker }

  const apply = (action: DialogueAction): void => {
    if (action.type === 'command') {
      if (action.command.type === 'set_volume') speaker = { ...speaker, volume: action.command.volume }
      return
    }
    const { change } = action
    const kept = speaker.schedule.filter(
      (item) =>
        !(change.action === 'cancel' && item.item_id === change.item_id) &&
        !(change.action === 'set' && item.item_id === change.item.item_id) &&
        !(change.action === 'cancel_all' && item.kind === change.kind),
    )
    speaker = { ...speaker, schedule: change.action === 'set' ? [...kept, change.item] : kept }
  }

  let turns = 0
  const requestFor = (text: string, more: Partial<DialogueRequest> = {}): DialogueRequest => ({
    text,
    outOfGrammar: false,
    language: options.language ?? 'en',
    speaker,
    conversationId: 'conversation-1',
    sessionId: `turn-${++turns}`,
    ...more,
  })

  const say = async (
    text: string,
    more: Partial<DialogueRequest> = {},
    signal = new AbortController().signal,
  ): Promise<Said> => {
    const events: DialogueEvent[] = []
    for await (const event of dialogue.reply(requestFor(text, more), signal)) {
      events.push(event)
      if (event.type === 'action') apply(event.action)
    }
    const sentences = events.flatMap((event) => (event.type === 'sentence' ? [event.text] : []))
    return {
      text: sentences.join(' '),
      sentences,
      actions: events.flatMap((event) => (event.type === 'action' ? [event.action] : [])),
      done: events.findLast((event) => event.type === 'done'),
    }
  }
  return { clock, dialogue, say, requestFor, speaker: () => speaker }
}
