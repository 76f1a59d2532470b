/**
 * Decides whether an utterance was a sentence of the grammar at all. A grammar search answers some sentence to any sound; a phone
 * loop hears the same sound without a grammar. When a sentence of the grammar was spoken both agree, in their phones and in how well
 * they fit the sound.
 */
export type Evidence = {
  /** Phones of the grammar's sentence and of the phone loop. */
  readonly grammar: Phones
  readonly loop: Phones
  /** How much better the loop fits the sound: difference of the log scores for each frame. */
  readonly scoreLead: number
}

export type Phones = readonly string[]

export type Verdict = {
  readonly outOfGrammar: boolean
  /** 1 when the utterance is surely of the grammar, 0 when surely not. */
  readonly confidence: number
}

/** A logistic model; how its numbers were found and what it reaches is in docs/adr/0004-rejecting-what-is-not-a-command.md. */
const weights = { bias: -6, distance: 5, scoreLead: 0.25, lengthLead: 4 }
/** Log odds above which an utterance is rejected: a command that is refused annoys more than a question that is misheard. */
export const rejectionThreshold = 0.8

/** Sounds of one class are taken for each other more easily than others. */
const classes = ['P B', 'T D', 'K G', 'F V', 'TH DH', 'S Z', 'SH ZH CH JH', 'M N NG', 'L R', 'W Y']
const vowels = 'AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW'
const classOf = new Map(
  [...classes, vowels].flatMap((phones, index) => phones.split(' ').map((phone) => [phone, index] as const)),
)

const substitution = (left: string, right: string): number => {
  if (left === right) return 0
  const group = classOf.get(left)
  return group !== undefined && group === classOf.get(right) ? 0.5 : 1
}

/** Levenshtein distance in which similar phones cost half. */
export const phoneDistance = (left: Phones, right: Phones): number => {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (const [row, phone] of left.entries()) {
    const current = [row + 1]
    for (const [column, other] of right.entries()) {
      const substituted = (previous[column] ?? 0) + substitution(phone, other)
      current.push(Math.min(substituted, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1))
    }
    previous = current
  }
  return previous[right.length] ?? 0
}

/** The phones of a sentence; a word without a pronunciation is one phone that agrees with none. */
export const phonesOf = (sentence: string, lookUpWord: (word: string) => string | undefined): Phones =>
  sentence
    .split(/\s+/)
    .filter((word) => word !== '' && !word.startsWith('<') && !word.startsWith('['))
    .flatMap((word) => (lookUpWord(word) ?? `?${word}`).split(' '))

/** The phone loop's text without silence and noises. */
export const loopPhones = (text: string): Phones =>
  text.split(/\s+/).filter((phone) => phone !== '' && phone !== 'SIL' && !phone.startsWith('+'))

/** What the evidence comes to, in numbers that do not depend on the length of the utterance. */
export type Features = { readonly distance: number; readonly scoreLead: number; readonly lengthLead: number }

export const featuresOf = ({ grammar, loop, scoreLead }: Evidence): Features => {
  const longest = Math.max(grammar.length, loop.length, 1)
  return {
    distance: phoneDistance(grammar, loop) / longest,
    scoreLead,
    lengthLead: (loop.length - grammar.length) / longest,
  }
}

export const judge = (features: Features): Verdict => {
  const logOdds =
    weights.bias +
    weights.distance * features.distance +
    weights.scoreLead * features.scoreLead +
    weights.lengthLead * features.lengthLead
  return { outOfGrammar: logOdds > rejectionThreshold, confidence: 1 / (1 + Math.exp(logOdds)) }
}
