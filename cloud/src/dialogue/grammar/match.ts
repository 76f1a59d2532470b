import type { CommandCompleteness } from '../dialogue.ts'
import type { Graph, Mark, Step } from './graph.ts'

export type Span = { readonly name: string; readonly slotType: string; readonly words: readonly string[] }
export type Match = { readonly intentIndex: number; readonly spans: readonly Span[] }

/** Longer texts are no commands; the bound keeps the search small for any input. */
export const maxWords = 80

type Passed = { readonly mark: Mark; readonly at: number; readonly before: Passed | undefined }

const isLongNumber = (word: string): boolean => /^\d/.test(word)

const takes = (step: Step, word: string): boolean => {
  switch (step.type) {
    case 'word':
      return step.word === word
    case 'long_number':
      return isLongNumber(word)
    case 'any_word':
      return true
    case 'free':
      return false
  }
}

const readSpans = (words: readonly string[], last: Passed | undefined): Match => {
  const passed: Passed[] = []
  for (let one = last; one; one = one.before) passed.push(one)
  passed.reverse()
  const spans: Span[] = []
  let intentIndex = 0
  let open: { name: string; slotType: string; at: number } | undefined
  for (const { mark, at } of passed) {
    if (mark.type === 'intent') intentIndex = mark.index
    else if (mark.type === 'slot_start') open = { name: mark.name, slotType: mark.slotType, at }
    else if (open) spans.push({ name: open.name, slotType: open.slotType, words: words.slice(open.at, at) })
  }
  return { intentIndex, spans }
}

/** Finds the way of highest priority through the whole graph that says exactly `words`. */
export const matchWords = (graph: Graph, words: readonly string[]): Match | undefined => {
  if (words.length === 0 || words.length > maxWords) return undefined
  const width = words.length + 1
  // A state that failed at a word fails there whatever came before: each pair is tried once.
  const failed = new Set<number>()
  type Place = { readonly state: number; readonly at: number; readonly passed: Passed | undefined }
  const open: Place[] = [{ state: graph.start, at: 0, passed: undefined }]
  for (let place = open.pop(); place; place = open.pop()) {
    const { state, at, passed } = place
    if (state === graph.accept && at === words.length) return readSpans(words, passed)
    const key = state * width + at
    if (failed.has(key)) continue
    failed.add(key)
    const steps = graph.states[state] ?? []
    const word = words[at]
    for (let index = steps.length - 1; index >= 0; index -= 1) {
      const step = steps[index]
      if (!step) continue
      if (step.type === 'free') {
        open.push({ state: step.to, at, passed: step.mark ? { mark: step.mark, at, before: passed } : passed })
      } else if (word !== undefined && takes(step, word)) open.push({ state: step.to, at: at + 1, passed })
    }
  }
  return undefined
}

type Reach = {
  readonly byWord: ReadonlyMap<string, readonly number[]>
  readonly open: readonly Step[]
  readonly accepts: boolean
  /** Something that is no harmless ending can follow. */
  readonly continues: boolean
}

/**
 * Judges a partial (wildcards apart: they are for finished text) by keeping the set of states the words can have led to. The reach of each state (what it can take after
 * free steps) is worked out once, on first use.
 */
export const createCompleteness = (graph: Graph): ((words: readonly string[]) => CommandCompleteness) => {
  const reaches = new Map<number, Reach>()

  const freeClosure = (state: number): Set<number> => {
    const seen = new Set([state])
    for (const one of seen) {
      for (const step of graph.states[one] ?? []) if (step.type === 'free') seen.add(step.to)
    }
    return seen
  }

  const reachOf = (state: number): Reach => {
    const known = reaches.get(state)
    if (known) return known
    const byWord = new Map<string, number[]>()
    const open: Step[] = []
    const closure = freeClosure(state)
    let continues = false
    for (const one of closure) {
      for (const step of graph.states[one] ?? []) {
        // A wildcard can follow nearly anything; counted, it would hold every command open and let no text be refused.
        if (step.type === 'free' || step.type === 'any_word') continue
        if (!step.ending) continues = true
        if (step.type !== 'word') open.push(step)
        else byWord.set(step.word, [...(byWord.get(step.word) ?? []), step.to])
      }
    }
    const reach = { byWord, open, accepts: closure.has(graph.accept), continues }
    reaches.set(state, reach)
    return reach
  }

  const advance = (states: ReadonlySet<number>, word: string): Set<number> => {
    const next = new Set<number>()
    for (const state of states) {
      const reach = reachOf(state)
      for (const to of reach.byWord.get(word) ?? []) next.add(to)
      for (const step of reach.open) if (takes(step, word)) next.add(step.to)
    }
    return next
  }

  return (words) => {
    if (words.length > maxWords) return 'none'
    let states: Set<number> = new Set([graph.start])
    for (const word of words) {
      states = advance(states, word)
      if (states.size === 0) return 'none'
    }
    const reached = [...states].map(reachOf)
    if (!reached.some((reach) => reach.accepts)) return 'prefix'
    return reached.some((reach) => reach.continues) ? 'may_end' : 'must_end'
  }
}
