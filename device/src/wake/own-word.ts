import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { embeddingSize } from './speech-embedding.ts'
import type { WordHead } from './word-head.ts'

/**
 * A wake word that its owner has recorded, in any language. It is known by how the recordings sound: as the speech embeddings of
 * one recording after the other, each Float32Array(n * 96), oldest first. Only for the voice that recorded it.
 */
export type OwnWord = {
  readonly word: string
  readonly templates: readonly Float32Array[]
  /** False: kept, but not listened for unless the configuration names it. */
  readonly active?: boolean
}

/**
 * The same speaker comes to 0.02 to 0.07 where it is quiet and to 0.12 in noise, other words of the same voice to 0.13 and more, other
 * voices to 0.09 to 0.21: docs/wake-words.md. At these two figures the preset `normal` draws the line at 0.12.
 */
const evenDistance = 0.108
const distanceWidth = 0.02

const rowsOf = (embeddings: Float32Array): readonly Float32Array[] =>
  Array.from({ length: embeddings.length / embeddingSize }, (_, row) => {
    const values = embeddings.subarray(row * embeddingSize, (row + 1) * embeddingSize)
    const norm = Math.hypot(...values)
    return values.map((value) => value / (norm || 1))
  })

const cosineDistance = (left: Float32Array, right: Float32Array): number => {
  let product = 0
  for (let index = 0; index < embeddingSize; index++) product += (left[index] ?? 0) * (right[index] ?? 0)
  return 1 - product
}

type Cell = { readonly sum: number; readonly length: number }

const cheaper = (left: Cell | undefined, right: Cell | undefined): Cell | undefined => {
  if (!left || !right) return left ?? right
  return left.sum / left.length <= right.sum / right.length ? left : right
}

/** Sub-sequence dynamic time warping between rows: the cheapest way through the whole word that ends at the newest row heard. */
const distanceOfRows = (word: readonly Float32Array[], heard: readonly Float32Array[]): number => {
  // One column for each row heard. A step goes on by one row on one side and one or two on the other: said half as fast or twice
  // as fast, but never a whole word in one moment.
  const columns: (Cell | undefined)[][] = []
  for (const [at, row] of heard.entries()) {
    const column: (Cell | undefined)[] = []
    for (const [index, expected] of word.entries()) {
      const before = columns[at - 1]
      const steps = cheaper(cheaper(before?.[index - 1], before?.[index - 2]), columns[at - 2]?.[index - 1])
      const from = index === 0 ? { sum: 0, length: 0 } : steps
      column.push(from && { sum: from.sum + cosineDistance(expected, row), length: from.length + 1 })
    }
    columns.push(column)
  }
  const end = columns.at(-1)?.at(-1)
  return end ? end.sum / end.length : 1
}

/** How far the newest sound of `heard` is from the recording: 0 the same, about 1 anything. Both are embeddings, oldest first. */
export const distanceTo = (template: Float32Array, heard: Float32Array): number =>
  distanceOfRows(rowsOf(template), rowsOf(heard))

/** 0 to 1, so that the presets of the built-in words hold for it too. */
const scoreOf = (distance: number): number => 1 / (1 + Math.exp((distance - evenDistance) / distanceWidth))

/** Listens for it among the other words, at the cost of a few additions. */
export const openOwnWord = ({ word, templates }: OwnWord): WordHead => {
  const rows = templates.map(rowsOf)
  return {
    word,
    isTrained: false,
    score: async (view) => {
      const heard = rowsOf(view)
      return scoreOf(Math.min(...rows.map((template) => distanceOfRows(template, heard))))
    },
    close: async () => {},
  }
}

/** Recordings of one word may differ by so much; more is another word, or a noise. */
const recordingsApart = 0.16

/** Whether the recordings are the same word, each heard in the other; the message is for who said them. */
export const judgeRecordings = (templates: readonly Float32Array[]): Result<void, { readonly message: string }> => {
  const apart = templates.flatMap((left, index) =>
    templates.slice(index + 1).map((right) => Math.min(distanceTo(left, right), distanceTo(right, left))),
  )
  const worst = Math.max(0, ...apart)
  if (worst <= recordingsApart) return ok(undefined)
  return refuse({
    message: `The recordings do not sound alike (${worst.toFixed(2)} apart, ${recordingsApart} at most): say the same word each time, as you would call the speaker.`,
  })
}
