import type { Graph, Mark, Step } from './graph.ts'

/** What the grammar says of a partial text: see the `transcript` message. */
export type CommandCompleteness = 'none' | 'prefix' | 'may_end' | 'must_end'

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

type Place = { readonly state: number; readonly at: number; readonly passed: Passed | undefined }

const follow = (step: Step, { at, passed }: Place, word: string | undefined): Place | undefined => {
  if (step.type !== 'free') {
    return word !== undefined && takes(step, word) ? { state: step.to, at: at + 1, passed } : undefined
  }
  return { state: step.to, at, passed: step.mark ? { mark: step.mark, at, before: passed } : passed }
}

/** Finds the way of highest priority through the whole graph that says exactly `words`. */
export const matchWords = (graph: Graph, words: readonly string[]): Match | undefined => {
  if (words.length === 0 || words.length > maxWords) return undefined
  const width = words.length + 1
  // A state that failed at a word fails there whatever came before: each pair is tried once.
  const tried = new Set<number>()
  const open: Place[] = [{ state: graph.start, at: 0, passed: undefined }]
  for (let place = open.pop(); place; place = open.pop()) {
    if (place.state === graph.accept && place.at === words.length) return readSpans(words, place.passed)
    const key = place.state * width + place.at
    if (tried.has(key)) continue
    tried.add(key)
    // The last one put on the pile is tried first, so the steps go on it from the least wanted to the most.
    for (const step of (graph.states[place.state] ?? []).toReversed()) {
      const next = follow(step, place, words[place.at])
      if (next) open.push(next)
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

  const workOut = (state: number): Reach => {
    const closure = freeClosure(state)
    // A wildcard can follow nearly anything; counted, it would hold every command open and let no text be refused.
    const steps = [...closure]
      .flatMap((one) => graph.states[one] ?? [])
      .filter((step) => step.type === 'word' || step.type === 'long_number')
    const byWord = new Map<string, number[]>()
    for (const step of steps) {
      if (step.type === 'word') byWord.set(step.word, [...(byWord.get(step.word) ?? []), step.to])
    }
    return {
      byWord,
      open: steps.filter((step) => step.type === 'long_number'),
      accepts: closure.has(graph.accept),
      continues: steps.some((step) => !step.ending),
    }
  }

  const reachOf = (state: number): Reach => {
    const reach = reaches.get(state) ?? workOut(state)
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
