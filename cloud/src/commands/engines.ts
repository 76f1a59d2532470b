import { withTimeLimit } from '@mynah/shared/streams/time-limit.ts'
import { languageSchema } from '@mynah/shared/wire/topics.ts'
import { createDialogue } from '../dialogue/create-dialogue.ts'
import type { Dialogue } from '../dialogue/dialogue.ts'
import { rehearse } from '../dialogue/rehearsal.ts'
import type { LanguageModel, TextToSpeech } from '../providers/stages.ts'
import { createRivaSpeechToText } from '../providers/stt/riva.ts'
import { createRivaTextToSpeech } from '../providers/tts/riva.ts'
import { random } from '../supervise/random.ts'
import { createSpeechHealth } from '../supervise/speech-health.ts'
import type { CloudDeps } from './cloud-deps.ts'
import { type ConnectedModel, connectLanguageModel } from './language-model.ts'
import type { SpeechService } from './speech-service.ts'
import { warmUpSpeech } from './warm-up.ts'

/** What understands and speaks: the speech service, the dialogue and its language model. */
export type Engines = {
  readonly speechAddress: string
  readonly tts: TextToSpeech
  readonly dialogue: Dialogue
  /** A dialogue with another language model, for homes that have chosen one. */
  readonly createDialogue: (languageModel: LanguageModel | undefined) => Dialogue
  readonly languageModel?: LanguageModel
  /** One phrase for the status page. */
  readonly describedModel: string
  /** The same as values by their names. */
  readonly modelFacts: ConnectedModel['facts']
  /** Where the speech service is reached. */
  readonly speech: { readonly address: string; readonly tls: boolean; readonly token?: string }
  /** Resolves when the speech service serves, or when it is taking too long, which is logged. */
  readonly untilReady: (signal: AbortSignal) => Promise<void>
  readonly speechStatus: () => Promise<{ readonly ready: boolean; readonly detail: string }>
}

/** A speech server elsewhere that swallows what it is asked must not keep the cloud from starting. */
const firstAnswerMs = 5_000

export const startEngines = async (
  deps: Pick<CloudDeps, 'config' | 'clock' | 'log' | 'parts'>,
  speech: SpeechService,
): Promise<Engines> => {
  const { clock, log, parts } = deps
  const { languageModel, described, facts: modelFacts } = await connectLanguageModel(deps)
  const { address: speechAddress, tls, token } = speech
  const access = { address: speechAddress, tls, ...(token !== undefined && { token }) }
  const server = { clock, ...access }
  const health = createSpeechHealth(server)
  const tts = createRivaTextToSpeech(server)
  const stt = createRivaSpeechToText(server)
  parts.add('speech clients', () => {
    health.close()
    tts.close()
    stt.close()
  })
  const dialogueWith = (model: LanguageModel | undefined) =>
    createDialogue({ clock, log, random, ...(model && { languageModel: model }) })
  const dialogue = dialogueWith(languageModel)
  // While the speech service starts: the first turn finds everything compiled.
  languageSchema.options.forEach(rehearse)
  const warm = (ending: AbortSignal) => warmUpSpeech({ clock, log, stt, tts, jsgfFor: dialogue.jsgfFor }, ending)
  const stopWarming = new AbortController()
  parts.add('warm-up of the speech service', () => stopWarming.abort())
  // A child that was started again has forgotten everything: the next who speaks should not pay for that.
  speech.onReadyAgain(() => {
    warm(stopWarming.signal).catch((error: unknown) => log.warn('the speech service could not be warmed', { error }))
  })
  return {
    speechAddress,
    speech: access,
    tts,
    dialogue,
    createDialogue: dialogueWith,
    ...(languageModel && { languageModel }),
    describedModel: described,
    modelFacts,
    untilReady: async (ending) => {
      await speech.untilReady(ending)
      await warm(ending)
      // Whoever is told that the cloud is ready asks at once whether it is: the engines may still be busy with the warm-up.
      await withTimeLimit({ clock, limitMs: firstAnswerMs }, health.untilKnown, ending)
    },
    speechStatus: async () => ({ ready: await health.check(), detail: speechAddress }),
  }
}
