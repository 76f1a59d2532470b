import { type Graph, type Mark, takesAnyWord, takesLongNumber, takesNothing } from './graph.ts'

/** What the grammar says of a partial text: see the `transcript` message. */
export type CommandCompleteness = 'none' | 'prefix' | 'may_end' | 'must_end'

export type Span = { readonly name: string; readonly slotType: string; readonly words: readonly string[] }
export type Match = { readonly intentIndex: number; readonly spans: readonly Span[] }

/** Longer texts are no commands; the bound keeps the search small for any input. */
export const maxWords = 80

type Passed = { readonly mark: Mark; readonly at: number; readonly before: Passed | undefined }

const isLongNumber = (word: string): boolean => /^\d/.test(word)

/** A word as the graph sees it. */
type Heard = { readonly number: number | undefined; readonly isLongNumber: boolean }

const hearWord = (graph: Graph, word: string): Heard => ({
  number: graph.words.get(word),
  isLongNumber: isLongNumber(word),
})

const isTakenBy = ({ number, isLongNumber }: Heard, taken: number | undefined): boolean =>
  taken === number || taken === takesAnyWord || (taken === takesLongNumber && isLongNumber)

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

/** A set of small numbers. `add` is false for one that is in it already. */
const createBits = (size: number) => {
  const bits = new Int32Array(Math.ceil(size / 32))
  return {
    add: (number: number): boolean => {
      const index = number >> 5
      const before = bits[index] ?? 0
      const after = before | (1 << (number & 31))
      bits[index] = after
      return after !== before
    },
  }
}

/** Where one step leads from a place; undefined when it does not take the word that is next. */
const follow = ({ to, takes, mark, marks }: Graph, place: Place, word: Heard | undefined, step: number) => {
  const { at, passed } = place
  const state = to[step] ?? 0
  if (takes[step] !== takesNothing) {
    return word && isTakenBy(word, takes[step]) ? { state, at: at + 1, passed } : undefined
  }
  const passes = marks[(mark[step] ?? 0) - 1]
  return { state, at, passed: passes ? { mark: passes, at, before: passed } : passed }
}

/** Finds the way of highest priority through the whole graph that says exactly `words`. */
export const matchWords = (graph: Graph, words: readonly string[]): Match | undefined => {
  if (words.length === 0 || words.length > maxWords) return undefined
  const { firstStep } = graph
  const heard = words.map((word) => hearWord(graph, word))
  const width = words.length + 1
  // A state that failed at a word fails there whatever came before: each pair is tried once.
  const tried = createBits(firstStep.length * width)
  const open: Place[] = [{ state: graph.start, at: 0, passed: undefined }]
  for (let place = open.pop(); place; place = open.pop()) {
    const { state, at } = place
    if (state === graph.accept && at === words.length) return readSpans(words, place.passed)
    if (!tried.add(state * width + at)) continue
    const first = firstStep[state] ?? 0
    // The last one put on the pile is tried first, so the steps go on it from the least wanted to the most.
    for (let step = (firstStep[state + 1] ?? 0) - 1; step >= first; step--) {
      const next = follow(graph, place, heard[at], step)
      if (next) open.push(next)
    }
  }
  return undefined
}

type Reach = {
  readonly byWord: ReadonlyMap<number, readonly number[]>
  /** Where a long number leads. */
  readonly byNumber: readonly number[]
  readonly accepts: boolean
  /** Something that is no harmless ending can follow. */
  readonly continues: boolean
}

/**
 * Judges a partial (wildcards apart: they are for finished text) by keeping the set of states the words can have led to. The reach of each state (what it can take after
 * free steps) is worked out once, on first use.
 */
export const createCompleteness = (graph: Graph): ((words: readonly string[]) => CommandCompleteness) => {
  const { firstStep, to, takes, ending } = graph
  const reaches = new Map<number, Reach>()

  const stepsOf = (state: number): number[] => {
    const first = firstStep[state] ?? 0
    return Array.from({ length: (firstStep[state + 1] ?? 0) - first }, (_, index) => first + index)
  }

  const freeClosure = (state: number): Set<number> => {
    const seen = new Set([state])
    for (const one of seen) {
      for (const step of stepsOf(one)) if (takes[step] === takesNothing) seen.add(to[step] ?? 0)
    }
    return seen
  }

  const workOut = (state: number): Reach => {
    const closure = freeClosure(state)
    // A wildcard can follow nearly anything; counted, it would hold every command open and let no text be refused.
    const steps = [...closure]
      .flatMap(stepsOf)
      .map((step) => ({ taken: takes[step] ?? takesNothing, to: to[step] ?? 0, isEnding: ending[step] === 1 }))
      .filter(({ taken }) => taken >= 0 || taken === takesLongNumber)
    const byWord = new Map<number, number[]>()
    for (const step of steps) {
      if (step.taken >= 0) byWord.set(step.taken, [...(byWord.get(step.taken) ?? []), step.to])
    }
    return {
      byWord,
      byNumber: steps.filter(({ taken }) => taken === takesLongNumber).map((step) => step.to),
      accepts: closure.has(graph.accept),
      continues: steps.some(({ isEnding }) => !isEnding),
    }
  }

  const reachOf = (state: number): Reach => {
    const reach = reaches.get(state) ?? workOut(state)
    reaches.set(state, reach)
    return reach
  }

  const led = (state: number, { number, isLongNumber }: Heard): readonly number[] => {
    const { byWord, byNumber } = reachOf(state)
    const byThisWord = (number === undefined ? undefined : byWord.get(number)) ?? []
    return isLongNumber ? [...byThisWord, ...byNumber] : byThisWord
  }

  return (words) => {
    if (words.length > maxWords) return 'none'
    let states: Set<number> = new Set([graph.start])
    for (const word of words) {
      const heard = hearWord(graph, word)
      states = new Set([...states].flatMap((state) => led(state, heard)))
      if (states.size === 0) return 'none'
    }
    const reached = [...states].map(reachOf)
    if (!reached.some((reach) => reach.accepts)) return 'prefix'
    return reached.some((reach) => reach.continues) ? 'may_end' : 'must_end'
  }
}
