import { cleanForSpeech } from './clean-for-speech.ts'

/**
 * Cuts a stream of text into sentences for the voice: the first as early as possible, none cut inside an abbreviation, a decimal or
 * a numbered list, very long ones at a clause. What comes out is clean for speech; code blocks are left out.
 */
export type SentenceCutter = {
  readonly push: (text: string) => readonly string[]
  /** What is left when no more text comes. */
  readonly flush: () => readonly string[]
}

const longestFirst = 100
const longest = 220
const shortestClause = 40
/** A model that never ends a sentence fills no memory. */
const mostHeld = 2_000

const abbreviations = new Set(
  'mr mrs ms dr prof st vs etc e.g i.e eg ie no nr approx inc ltd co jr sr fig vol dept est min max ca a.m p.m u.s u.k'.split(
    ' ',
  ),
)

const marks = /[.!?。！？…]/u
const closing = /["'”’»)\]】」』）*_]/u

const endsAbbreviation = (text: string, at: number): boolean => {
  const before = /(?:^|[\s(“"])([\p{L}.]+)$/u.exec(text.slice(Math.max(0, at - 12), at))?.[1]?.toLowerCase()
  if (before === undefined) return /(?:^|\n)\s*\d{1,3}$/.test(text.slice(Math.max(0, at - 6), at))
  return abbreviations.has(before) || (/^\p{L}$/u.test(before) && before !== 'i')
}

const isChineseMark = (mark: string): boolean => /[。！？]/u.test(mark)

/** Behind the mark at `at`, the marks that follow it and the quotes that close with it. */
const behindMarks = (text: string, at: number): number => {
  let end = at + 1
  while (end < text.length && (marks.test(text[end] ?? '') || closing.test(text[end] ?? ''))) end += 1
  return end
}

/** Where the sentence that ends with the mark at `at` ends; undefined when it does not, or when what comes next must tell. */
const endAfterMark = (text: string, at: number, final: boolean): number | undefined => {
  const end = behindMarks(text, at)
  if (isChineseMark(text[at] ?? '')) return end
  if (end >= text.length) return final ? end : undefined
  if (!/\s|\p{Script=Han}/u.test(text[end] ?? '')) return undefined
  return text[at] === '.' && endsAbbreviation(text, at) ? undefined : end
}

const sentenceEnd = (text: string, final: boolean): number | undefined => {
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? ''
    if (char === '\n') return at + 1
    if (!marks.test(char)) continue
    const end = endAfterMark(text, at, final)
    if (end !== undefined) return end
  }
  return undefined
}

/** Where to cut a sentence that has become too long: behind the last clause, else at the last space. */
const clauseEnd = (text: string, limit: number): number | undefined => {
  if (text.length <= limit) return undefined
  const head = text.slice(0, limit)
  const clauses = [...head.matchAll(/[,;:](?=\s)|[，；：、]|\s[–—-](?=\s)/gu)].map(
    (match) => match.index + match[0].length,
  )
  const clause = clauses.findLast((end) => end >= shortestClause)
  if (clause !== undefined) return clause
  if (text.length <= longest) return undefined
  const space = text.slice(0, longest).lastIndexOf(' ')
  return space > shortestClause ? space + 1 : longest
}

export const createSentenceCutter = (): SentenceCutter => {
  let held = ''
  let insideCode = false
  let cuts = 0

  const take = (final: boolean): string | undefined => {
    const limit = cuts === 0 ? longestFirst : longest
    const end = sentenceEnd(held, final)
    const clause = clauseEnd(end === undefined ? held : held.slice(0, end), limit)
    const cut = clause ?? end ?? (final || held.length > mostHeld ? held.length : undefined)
    if (cut === undefined || held === '') return undefined
    const sentence = held.slice(0, cut)
    held = held.slice(cut)
    return sentence
  }

  const speakable = (sentence: string): string => {
    if (/^\s*(```|~~~)/.test(sentence)) {
      insideCode = !insideCode
      return ''
    }
    return insideCode ? '' : cleanForSpeech(sentence)
  }

  const drain = (final: boolean): string[] => {
    const sentences: string[] = []
    for (let sentence = take(final); sentence !== undefined; sentence = take(final)) {
      const clean = speakable(sentence)
      if (clean === '') continue
      cuts += 1
      sentences.push(clean)
    }
    return sentences
  }

  return {
    push: (text) => {
      held += text
      return drain(false)
    },
    flush: () => drain(true),
  }
}
