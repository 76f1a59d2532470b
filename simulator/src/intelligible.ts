import { captureSampleRateHz } from '@mynah/device/audio/ports.ts'
import { ok, type Result } from '@mynah/shared/result.ts'
import { sayText } from './person.ts'
import { agreement, type RecognitionError, recogniseIndependently } from './recognise.ts'

/** Words that must be found again: the ear's dictation model misses one in four of a synthetic voice. */
const leastAgreement = 0.5

/** `words`: the ear heard the text. `clean_voice`: it heard what it hears when a voice says that text beside it. */
export type Intelligibility = {
  readonly by: 'words' | 'clean_voice' | 'nothing'
  readonly heard: string
  /** Share of the text's words that were heard, 0 to 1. */
  readonly share: number
}

/**
 * Whether English sound says a text, by the independent ear. Of some sentences that ear makes others however clean they are ("it's
 * four fourteen" becomes "it's foreign"): sound in which it hears the same as in the clean voice of the cloud's default has lost nothing
 * on its way.
 */
export const intelligibilityOf = async (
  spoken: { readonly samples: Int16Array; readonly sampleRateHz: number; readonly text: string },
  signal: AbortSignal,
): Promise<Result<Intelligibility, RecognitionError>> => {
  const heard = await recogniseIndependently(spoken, signal)
  if (!heard.ok) return heard
  const share = agreement(spoken.text, heard.value)
  const found = (by: Intelligibility['by']) => ok({ by, heard: heard.value, share })
  if (share >= leastAgreement) return found('words')
  const clean = heard.value === '' ? undefined : await sayText({ text: spoken.text, language: 'en' }, signal)
  if (!clean?.ok) return found('nothing')
  const reference = { samples: clean.value.samples, sampleRateHz: captureSampleRateHz }
  const misheard = await recogniseIndependently(reference, signal)
  const isSame = misheard.ok && misheard.value !== '' && agreement(misheard.value, heard.value) >= leastAgreement
  return found(isSame ? 'clean_voice' : 'nothing')
}
