import { ok, type Result, refuse } from '../../result.ts'
import type { Expansion, GrammarProblem, JsgfGrammar } from './jsgf-parser.ts'

/** A deterministic automaton over words; every state lies on a way from the start to an accepting state. */
export type WordAutomaton = {
  readonly start: number
  readonly accepting: ReadonlySet<number>
  /** For each state where a word leads. */
  readonly moves: readonly ReadonlyMap<string, number>[]
}

/** What a grammar may cost: the decoder pays for every state in every frame, and compiling must not hold up the process. */
export type AutomatonLimits = { readonly maxStates: number; readonly maxSteps: number }

export const defaultAutomatonLimits: AutomatonLimits = { maxStates: 20_000, maxSteps: 2_000_000 }

type Loose = {
  /** Where a state leads without a word, and with one. */
  readonly silent: number[][]
  readonly spoken: { readonly word: string; readonly to: number }[][]
}

/** Thompson's construction, with every rule written out where it is used. Undefined when there are too many states. */
const expand = ({ rules, root }: JsgfGrammar, maxSteps: number): (Loose & { end: number }) | undefined => {
  const silent: number[][] = [[]]
  const spoken: Loose['spoken'] = [[]]
  let steps = 0
  const newState = (): number => {
    spoken.push([])
    return silent.push([]) - 1
  }
  const skip = (from: number, to: number) => void silent[from]?.push(to)
  /** Adds ways for the expansion and gives the state they end in; nothing but `from` itself ever leads back into `from`. */
  const add = (expansion: Expansion, from: number): number => {
    if (++steps > maxSteps) return from
    switch (expansion.type) {
      case 'word': {
        const to = newState()
        spoken[from]?.push({ word: expansion.word, to })
        return to
      }
      case 'rule':
        return add(rules.get(expansion.name) ?? { type: 'choice', parts: [] }, from)
      case 'sequence':
        return expansion.parts.reduce((state, part) => add(part, state), from)
      case 'choice': {
        const to = newState()
        for (const part of expansion.parts) skip(add(part, from), to)
        return to
      }
      case 'optional': {
        const to = add(expansion.part, from)
        skip(from, to)
        return to
      }
      case 'repeat': {
        const loop = newState()
        skip(from, loop)
        const last = add(expansion.part, loop)
        skip(last, loop)
        // An end of its own: who skips what surrounds the repetition must not land inside it.
        const to = newState()
        skip(expansion.atLeast === 0 ? loop : last, to)
        return to
      }
    }
  }
  const end = add(root, 0)
  return steps > maxSteps ? undefined : { silent, spoken, end }
}

/** The states that are reached without a word, ascending; `spend` counts what that costs. */
const closureOf = (silent: Loose['silent'], states: Iterable<number>, spend: (steps: number) => void): number[] => {
  const reached = new Set(states)
  for (const state of reached) for (const next of silent[state] ?? []) reached.add(next)
  spend(reached.size)
  return [...reached].sort((left, right) => left - right)
}

/** Values in lists by key, in order of arrival. */
const groupsOf = <K, V>(pairs: Iterable<readonly [K, V]>): ReadonlyMap<K, readonly V[]> => {
  const groups = new Map<K, V[]>()
  for (const [key, value] of pairs) {
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}

type Draft = { readonly moves: Map<string, number>[]; readonly accepting: Set<number> }

/** The subset construction. Undefined beyond the limits. */
const determinise = (loose: Loose & { end: number }, limits: AutomatonLimits): Draft | undefined => {
  const { silent, spoken, end } = loose
  let steps = 0
  const spend = (count: number) => {
    steps += count
  }
  const ids = new Map<string, number>()
  const members: number[][] = []
  const moves: Map<string, number>[] = []
  const accepting = new Set<number>()
  const setOf = (states: readonly number[]): number => {
    const closure = closureOf(silent, states, spend)
    // What only leads on without a word makes no difference between two sets.
    const telling = closure.filter((state) => state === end || (spoken[state]?.length ?? 0) > 0)
    const key = telling.join(' ')
    const known = ids.get(key)
    if (known !== undefined) return known
    const id = members.push(telling) - 1
    ids.set(key, id)
    if (telling.includes(end)) accepting.add(id)
    return id
  }
  const seen = new Map<string, number>()
  const idOf = (states: readonly number[]): number => {
    const key = states.join(' ')
    const id = seen.get(key) ?? setOf(states)
    seen.set(key, id)
    return id
  }
  idOf([0])
  for (let at = 0; at < members.length; at++) {
    if (members.length > limits.maxStates || steps > limits.maxSteps) return undefined
    const ways = (members[at] ?? []).flatMap((state) => spoken[state] ?? [])
    const targets = groupsOf(ways.map(({ word, to }) => [word, to] as const))
    moves.push(new Map([...targets].map(([word, states]) => [word, idOf(states)])))
  }
  return { moves, accepting }
}

type Arc = { readonly word: string; readonly from: number }

const arcsInto = (moves: readonly ReadonlyMap<string, number>[]): Arc[][] => {
  const into: Arc[][] = moves.map(() => [])
  for (const [from, next] of moves.entries()) for (const [word, to] of next) into[to]?.push({ word, from })
  return into
}

/** The states from which an accepting one can be reached. */
const usefulStates = (into: readonly (readonly Arc[])[], accepting: Iterable<number>): ReadonlySet<number> => {
  const useful = new Set(accepting)
  for (const state of useful) for (const { from } of into[state] ?? []) useful.add(from)
  return useful
}

/** Hopcroft's partition refinement: the block of equivalent states each useful state lies in. */
const equivalentStates = (
  into: readonly (readonly Arc[])[],
  useful: ReadonlySet<number>,
  accepting: ReadonlySet<number>,
): readonly ReadonlySet<number>[] => {
  const blocks: Set<number>[] = []
  const blockOf = new Map<number, number>()
  const waiting = new Set<number>()
  const addBlock = (states: readonly number[]): number => {
    const id = blocks.push(new Set(states)) - 1
    for (const state of states) blockOf.set(state, id)
    return id
  }
  for (const accepts of [true, false]) {
    const states = [...useful].filter((state) => accepting.has(state) === accepts)
    if (states.length > 0) waiting.add(addBlock(states))
  }
  /** Parts the states of a block that a word leads into the splitter from those that it does not. */
  const split = (block: number, hit: readonly number[]) => {
    const whole = blocks[block]
    if (!whole || hit.length === whole.size) return
    for (const state of hit) whole.delete(state)
    const added = addBlock(hit)
    waiting.add(waiting.has(block) || hit.length <= whole.size ? added : block)
  }
  for (const splitter of waiting) {
    waiting.delete(splitter)
    const arcs = [...(blocks[splitter] ?? [])].flatMap((state) => into[state] ?? [])
    const byWord = groupsOf(arcs.filter(({ from }) => useful.has(from)).map(({ word, from }) => [word, from] as const))
    for (const sources of byWord.values()) {
      const byBlock = groupsOf(sources.map((state) => [blockOf.get(state) ?? 0, state] as const))
      for (const [block, hit] of byBlock) split(block, hit)
    }
  }
  return blocks
}

const minimise = ({ moves, accepting }: Draft): WordAutomaton | undefined => {
  const into = arcsInto(moves)
  const useful = usefulStates(into, accepting)
  if (!useful.has(0)) return undefined
  const blocks = equivalentStates(into, useful, accepting)
  const blockOf = new Map(blocks.flatMap((states, block) => [...states].map((state) => [state, block] as const)))
  const joined = blocks.map((states) => {
    const [any = 0] = states
    const next = new Map<string, number>()
    for (const [word, to] of moves[any] ?? []) {
      const block = blockOf.get(to)
      if (block !== undefined) next.set(word, block)
    }
    return next
  })
  const accepts = new Set([...accepting].flatMap((state) => blockOf.get(state) ?? []))
  return { start: blockOf.get(0) ?? 0, accepting: accepts, moves: joined }
}

/** The smallest deterministic automaton that accepts what the grammar says; refused beyond the limits, or when nothing can be said. */
export const automatonOf = (
  grammar: JsgfGrammar,
  limits: AutomatonLimits = defaultAutomatonLimits,
): Result<WordAutomaton, GrammarProblem> => {
  const loose = expand(grammar, limits.maxSteps)
  const draft = loose && determinise(loose, limits)
  if (!draft) {
    const message = `the grammar needs more than ${limits.maxStates} states or ${limits.maxSteps} steps`
    return refuse({ code: 'too_large', message })
  }
  const automaton = minimise(draft)
  return automaton
    ? ok(automaton)
    : refuse({ code: 'nothing_to_say', message: 'no sentence of the grammar can be said' })
}

/** Whether the words are a sentence of the automaton. */
export const accepts = ({ start, accepting, moves }: WordAutomaton, words: readonly string[]): boolean => {
  let state: number | undefined = start
  for (const word of words) {
    state = state === undefined ? undefined : moves[state]?.get(word)
  }
  return state !== undefined && accepting.has(state)
}
