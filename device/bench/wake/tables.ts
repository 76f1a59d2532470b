import type { TriggerRule } from '../../src/wake/trigger.ts'
import type { Spoken } from './sounds.ts'
import { detectionsIn, type Trace } from './traces.ts'

export type NamedRule = { readonly name: string; readonly rule: TriggerRule }

/** Markdown, so that a table goes from here into the documentation as it is. */
export const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const percentile = (values: readonly number[], share: number): number | undefined => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

const rounded = (value: number | undefined): string => (value === undefined ? '-' : String(Math.round(value)))

export type Hits = { readonly missed: number; readonly of: number; readonly delaysMs: readonly number[] }

/** Of traces of one spoken word each: how many are missed by the rule, and how late the others are decided. */
export const hitsOf = (spoken: readonly Spoken[], traces: readonly Trace[], of: NamedRule & { word: string }): Hits => {
  const heard = traces.map((trace) => detectionsIn(trace, of.rule).find(({ word }) => word === of.word))
  const delaysMs = heard.flatMap((detection, index) => {
    const endMs = spoken[index]?.wordEndMs
    return detection && endMs !== undefined ? [detection.atSample / 16 - endMs] : []
  })
  return { missed: heard.filter((detection) => !detection).length, of: traces.length, delaysMs }
}

/** `3 of 48 (6 %), 110/220 ms`: missed, and the median and 95th percentile of the delay after the end of the word. */
export const cellOf = ({ missed, of, delaysMs }: Hits): string => {
  const share = `${missed} of ${of} (${Math.round((missed / of) * 100)} %)`
  if (delaysMs.length === 0) return share
  return `${share}, ${rounded(percentile(delaysMs, 0.5))}/${rounded(percentile(delaysMs, 0.95))} ms`
}

/** False accepts of each word, in the order of `words`. */
export const falseAcceptsOf = (traces: readonly Trace[], rule: TriggerRule, words: readonly string[]) => {
  const counts = words.map(() => 0)
  for (const trace of traces) {
    for (const { word } of detectionsIn(trace, rule)) {
      const index = words.indexOf(word)
      counts[index] = (counts[index] ?? 0) + 1
    }
  }
  return counts
}
