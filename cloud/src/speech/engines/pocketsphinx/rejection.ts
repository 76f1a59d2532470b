/**
 * Decides whether an utterance was a sentence of the grammar at all. A grammar search answers some sentence to any sound; an open
 * search of the same sound agrees with it when it was spoken. They are compared by phones, not words: "for" is "four" here, and a
 * name that the open vocabulary lacks still sounds alike.
 */
export type Verdict = {
  readonly outOfGrammar: boolean
  /** 1 when both agree in every phone, 0 when in none. */
  readonly confidence: number
}

export type Phones = readonly string[]

/** Above this share of differing phones the utterance is rejected; how it was chosen is in ADR 0004. */
export const rejectionThreshold = 0.55

const stress = /\d/g

/** The phones of a sentence; words without a pronunciation count as one phone that agrees with none. */
export const phonesOf = (sentence: string, lookUpWord: (word: string) => string | undefined): Phones =>
  sentence
    .split(/\s+/)
    .filter((word) => word !== '' && !word.startsWith('<') && !word.startsWith('['))
    .flatMap((word) => (lookUpWord(word) ?? `?${word}`).replace(stress, '').split(' '))

/** Levenshtein distance with all costs 1; rows of the shorter length are kept. */
export const editDistance = (left: Phones, right: Phones): number => {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (const [row, phone] of left.entries()) {
    const current = [row + 1]
    for (const [column, other] of right.entries()) {
      const substituted = (previous[column] ?? 0) + (phone === other ? 0 : 1)
      current.push(Math.min(substituted, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1))
    }
    previous = current
  }
  return previous[right.length] ?? 0
}

export const judge = (grammar: Phones, open: Phones): Verdict => {
  const longest = Math.max(grammar.length, open.length)
  if (longest === 0) return { outOfGrammar: false, confidence: 0 }
  const share = editDistance(grammar, open) / longest
  return { outOfGrammar: share > rejectionThreshold, confidence: 1 - share }
}
