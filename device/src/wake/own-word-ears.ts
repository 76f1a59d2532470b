import { createSileroVad } from '../vad/silero.ts'
import type { VoiceActivityDetector } from '../vad/voice-activity.ts'
import { createSpeechEmbedder, type SpeechEmbedder } from './speech-embedding.ts'

/** What listens while a word is recorded: of its own, so that the ears of the running speaker hear on undisturbed. */
export type OwnWordEars = {
  readonly voiceActivity: VoiceActivityDetector
  readonly embedder: Pick<SpeechEmbedder, 'embed' | 'reset'>
  readonly close: () => Promise<void>
}

export const openOwnWordEars = async (): Promise<OwnWordEars> => {
  const [voiceActivity, embedder] = await Promise.all([createSileroVad(), createSpeechEmbedder()])
  return {
    voiceActivity,
    embedder,
    close: async () => {
      await Promise.all([voiceActivity.close(), embedder.close()])
    },
  }
}
