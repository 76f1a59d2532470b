import { englishNumber } from './grammar/numbers.en.ts'

/**
 * What a marked stream says and is answered in a load test: a sum of its own for each marker, worked out by the real dialogue, so
 * that an answer to somebody else's question is noticed.
 */
const addend = 5
const lowest = 6

const words = (value: number): string => englishNumber(value).replaceAll('-', ' ')

/** The transcript of a stream with this marker. */
export const markerSentence = (marker: number): string => `what is ${words(addend)} plus ${words(lowest + marker)}`

/** The number that must be in its reply. */
export const markerAnswer = (marker: number): string => englishNumber(addend + lowest + marker)
