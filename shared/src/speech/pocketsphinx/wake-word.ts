import type { Decoding } from './decoder.ts'
import { featuresOf } from './rejection.ts'

/** The last phone of a wake word may lie so long behind its decision. */
export const wakeTailMs = 400

/** A grammar of the wake word alone; what was said before it is silence to it, or fits badly. */
export const wakeGrammarOf = (spoken: string): string => `#JSGF V1.0;\ngrammar wake;\npublic <wake> = ${spoken};\n`

/**
 * How much better than the word a loop of all phones may fit, per frame and in its worst word. Of true words none in quiet and in
 * noise of 10 dB lies above, of false wakes nearly all, of sounds that are made to be like the word half (docs/wake-words.md): a wake
 * that is dropped annoys more than one that is answered by mistake.
 */
const mostLead = 16
const mostWorstWordLead = 20

/**
 * How far behind the decision a listening ends, one after the other. Who goes on without a pause ("hey jarvis, set ...") has begun the
 * request within `wakeTailMs`, which the grammar of one word takes for the end of that word and fits badly.
 */
const tailsMs = [wakeTailMs, 200, 100]

const isWakeWord = (heard: { readonly grammar: Decoding; readonly loop: Decoding }): boolean | undefined => {
  if (heard.grammar.text === '') return undefined
  const { lead, worstWordLead } = featuresOf({ grammar: heard.grammar.segments, loop: heard.loop.segments })
  return lead <= mostLead && worstWordLead <= mostWorstWordLead
}

/**
 * Whether the sound (16 kHz, some 1.5 s before the decision and `wakeTailMs` after it) holds the word that `wakeGrammarOf` was made
 * for. `decode` hears the same samples by that grammar and by a loop of all phones; undefined when it cannot. False only when the word
 * is not found with less of the request either; undefined where the grammar reached no end: that happens to true words in noise.
 */
export const holdsWakeWord = async (
  samples: Int16Array,
  decode: (samples: Int16Array) => Promise<{ readonly grammar: Decoding; readonly loop: Decoding } | undefined>,
): Promise<boolean | undefined> => {
  for (const tailMs of tailsMs) {
    const heard = await decode(samples.subarray(0, samples.length - (wakeTailMs - tailMs) * 16))
    const verdict = heard && isWakeWord(heard)
    if (verdict !== false) return verdict
  }
  return false
}
