import { captureSampleRateHz } from '@mynah/device/audio/ports.ts'
import { ok, type Result } from '@mynah/shared/result.ts'
import { sayText } from './person.ts'
import { agreement, type RecognitionError, recogniseIndependently } from './recognise.ts'

/** Words that must be found again: the ear's dictation model misses one in four of a synthetic voice. */
const leastAgreement = 0.5

/** 0.3 % of full scale. */
const leastAudible = 100

/** `words`: the ear heard the text. `clean_voice`: it heard what it hears when a voice says that text beside it. */
export type Intelligibility = {
  readonly by: 'words' | 'clean_voice' | 'nothing'
  readonly heard: string
  /** Share of the text's words that were heard, 0 to 1. */
  readonly share: number
}

/**
 * Its frames begin with the sound, and of a synthetic voice it makes other words when they begin a little later ("six oh eight" becomes
 * "said so even" or "it's sunny"): it listens until it has understood, at most so often.
 */
const listeningsFromMs = [0, 4, 7]

const laterBy = (samples: Int16Array, shift: number): Int16Array => {
  const shifted = new Int16Array(samples.length + shift)
  shifted.set(samples, shift)
  return shifted
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
  const { sampleRateHz, text } = spoken
  // The ear would take as long to find no word in it.
  if (spoken.samples.every((sample) => Math.abs(sample) < leastAudible))
    return ok({ by: 'nothing', heard: '', share: 0 })
  const misheard: string[] = []
  for (const fromMs of listeningsFromMs) {
    const samples = laterBy(spoken.samples, Math.round((fromMs * sampleRateHz) / 1_000))
    const heard = await recogniseIndependently({ samples, sampleRateHz }, signal)
    if (!heard.ok) return heard
    const share = agreement(text, heard.value)
    if (share >= leastAgreement) return ok({ by: 'words', heard: heard.value, share })
    if (heard.value !== '') misheard.push(heard.value)
  }
  const clean = misheard.length === 0 ? undefined : await sayText({ text, language: 'en' }, signal)
  const reference = clean?.ok && { samples: clean.value.samples, sampleRateHz: captureSampleRateHz }
  const cleanly = reference ? await recogniseIndependently(reference, signal) : undefined
  const expected = cleanly?.ok ? cleanly.value : ''
  const alike = misheard.find((heard) => expected !== '' && agreement(expected, heard) >= leastAgreement)
  const heard = alike ?? misheard[0] ?? ''
  return ok({ by: alike === undefined ? 'nothing' : 'clean_voice', heard, share: agreement(text, heard) })
}
