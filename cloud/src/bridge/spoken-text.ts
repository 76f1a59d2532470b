/** Silence between two sentences of a reply: whole frames, near to a speaker's natural pause. */
export const sentenceGapMs = 160

const hanMs = 230
const latinMs = 62

/** Roughly how long a voice takes to say `text`: enough to judge what was heard of a sentence whose length is not known yet. */
export const estimateSpokenMs = (text: string): number => {
  let totalMs = 200
  for (const character of text) totalMs += /\p{Script=Han}/u.test(character) ? hanMs : latinMs
  return totalMs
}

export type SpokenSentence = {
  readonly text: string
  /** Length of its sound; absent until the voice has made all of it. */
  readonly durationMs?: number
}

/** Words of languages with spaces, characters of those without: a cut never falls inside one. */
const speakableParts = (text: string): readonly string[] =>
  text.match(/\p{Script=Han}|[^\s\p{Script=Han}]+\s*|\s+/gu) ?? []

const cutAt = (text: string, share: number): string => {
  const parts = speakableParts(text)
  return parts
    .slice(0, Math.floor(parts.length * share))
    .join('')
    .trim()
}

/** Sentences as one text: a space between two unless the first ends in Chinese script or punctuation. */
export const joinSentences = (sentences: readonly string[]): string =>
  sentences.reduce((text, next) => {
    if (text === '' || next === '') return text + next
    return /[\p{Script=Han}。！？，；：”』」）]$/u.test(text) ? text + next : `${text} ${next}`
  }, '')

/**
 * The part of a reply that left the loudspeaker, from the milliseconds of it that were played. A sentence cut in the middle keeps
 * the words whose share of it was played; what was never spoken is not in it.
 */
export const heardPart = (sentences: readonly SpokenSentence[], playedMs: number): string => {
  const heard: string[] = []
  let startMs = 0
  for (const sentence of sentences) {
    const durationMs = sentence.durationMs ?? estimateSpokenMs(sentence.text)
    const leftMs = playedMs - startMs
    if (leftMs <= 0) break
    // One frame of tolerance: the speaker counts whole frames.
    const text = leftMs + 20 >= durationMs ? sentence.text : cutAt(sentence.text, leftMs / durationMs)
    if (text !== '') heard.push(text)
    startMs += durationMs + sentenceGapMs
  }
  return joinSentences(heard)
}
