import type { GrammarDefinition } from './definition.ts'
import { parseTemplate, type TemplateNode } from './template.ts'

/** A mark is passed on the way through the graph and says what the words around it are. */
export type Mark =
  | { readonly type: 'intent'; readonly index: number }
  | { readonly type: 'slot_start'; readonly name: string; readonly slotType: string }
  | { readonly type: 'slot_end' }

/** What a step takes when it is no word of the grammar. */
export const takesLongNumber = -1
export const takesAnyWord = -2
export const takesNothing = -3

/**
 * A nondeterministic automaton over words. A state is a number; its steps are those from `firstStep[state]` up to, not including,
 * `firstStep[state + 1]`, in the order of their priority. Numbers in typed arrays: the two languages have 194,000 steps, which as
 * objects took 37 MB and now take 4.
 */
export type Graph = {
  readonly start: number
  readonly accept: number
  readonly firstStep: Int32Array
  /** The state that a step leads to. */
  readonly to: Int32Array
  /** The number of the one word that a step takes, or one of the constants above. */
  readonly takes: Int32Array
  /** 1 where what a step takes may be left out at the end of a command. */
  readonly ending: Uint8Array
  /** Which of `marks` a step passes, counted from 1; 0 for none. */
  readonly mark: Uint16Array
  readonly marks: readonly Mark[]
  /** The numbers of the words. */
  readonly words: ReadonlyMap<string, number>
}

/** Templates of a definition, parsed. Throws on a template that cannot be read or names an unknown rule: a bug in the files. */
export type ParsedGrammar = {
  readonly definition: GrammarDefinition
  readonly rules: ReadonlyMap<string, TemplateNode>
  readonly slotTypes: ReadonlyMap<string, TemplateNode>
  readonly intents: readonly (readonly TemplateNode[])[]
  readonly opening: TemplateNode
  readonly closing: TemplateNode
}

export const parseGrammar = (definition: GrammarDefinition): ParsedGrammar => {
  const parse = (text: string): TemplateNode => {
    const result = parseTemplate(text, definition.unit)
    if (!result.ok) throw new Error(result.error.message)
    return result.value
  }
  return {
    definition,
    rules: new Map(Object.entries(definition.rules).map(([name, text]) => [name, parse(text)])),
    slotTypes: new Map(Object.entries(definition.slotTypes).map(([name, slot]) => [name, parse(slot.template)])),
    intents: definition.intents.map((entry) => entry.templates.map(parse)),
    opening: parse(definition.opening),
    closing: parse(definition.closing),
  }
}

export const ruleNode = (grammar: ParsedGrammar, name: string): TemplateNode => {
  const node = grammar.rules.get(name)
  if (!node) throw new Error(`no rule <${name}> in the ${grammar.definition.language} grammar`)
  return node
}

export const slotNode = (grammar: ParsedGrammar, slotType: string): TemplateNode => {
  const node = grammar.slotTypes.get(slotType)
  if (!node) throw new Error(`no slot type ${slotType} in the ${grammar.definition.language} grammar`)
  return node
}

/** Gives each different thing a number, in the order in which they come. */
const createNumbering = <T>(keyOf: (one: T) => string) => {
  const numbers = new Map<string, number>()
  const all: T[] = []
  const numberOf = (one: T): number => {
    const key = keyOf(one)
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, all.length)
    return all.push(one) - 1
  }
  return { numberOf, numbers, all }
}

const keyOfMark = (mark: Mark): string =>
  mark.type === 'intent'
    ? `intent ${mark.index}`
    : mark.type === 'slot_end'
      ? mark.type
      : `${mark.name} ${mark.slotType}`

/** A step that leads to a state with nothing but one way on leads there at once: half of all states are such. */
const skipPassages = ({ firstStep, to, takes, mark }: Graph): void => {
  const wayOn = (state: number): number | undefined => {
    const first = firstStep[state] ?? 0
    const isPassage = firstStep[state + 1] === first + 1 && takes[first] === takesNothing && mark[first] === 0
    return isPassage ? to[first] : undefined
  }
  for (let step = 0; step < to.length; step++) {
    for (let next = wayOn(to[step] ?? 0); next !== undefined; next = wayOn(next)) to[step] = next
  }
}

/** Steps as they are found, to be brought into the order of their states. */
const createSteps = () => {
  const from: number[] = []
  const to: number[] = []
  const takes: number[] = []
  const ending: boolean[] = []
  const passed: number[] = []
  const words = createNumbering((word: string) => word)
  const marks = createNumbering(keyOfMark)
  let stateCount = 0
  return {
    addState: (): number => stateCount++,
    addStep: (fromState: number, toState: number, taken: string | number, isEnding: boolean, mark?: Mark): void => {
      from.push(fromState)
      to.push(toState)
      takes.push(typeof taken === 'string' ? words.numberOf(taken) : taken)
      ending.push(isEnding)
      passed.push(mark ? marks.numberOf(mark) + 1 : 0)
    },
    toGraph: ({ start, accept }: { readonly start: number; readonly accept: number }): Graph => {
      const firstStep = new Int32Array(stateCount + 1)
      for (const state of from) firstStep[state + 1] = (firstStep[state + 1] ?? 0) + 1
      for (let state = 0; state < stateCount; state++) {
        firstStep[state + 1] = (firstStep[state + 1] ?? 0) + (firstStep[state] ?? 0)
      }
      const free = firstStep.slice()
      const graph: Graph = {
        start,
        accept,
        firstStep,
        to: new Int32Array(from.length),
        takes: new Int32Array(from.length),
        ending: new Uint8Array(from.length),
        mark: new Uint16Array(from.length),
        marks: marks.all,
        words: words.numbers,
      }
      from.forEach((state, found) => {
        const at = free[state] ?? 0
        free[state] = at + 1
        graph.to[at] = to[found] ?? 0
        graph.takes[at] = takes[found] ?? 0
        graph.ending[at] = ending[found] ? 1 : 0
        graph.mark[at] = passed[found] ?? 0
      })
      skipPassages(graph)
      return graph
    },
  }
}

/** Compiles to an automaton; rules and slots are written out where they are used. */
export const buildGraph = (grammar: ParsedGrammar): Graph => {
  const { addState, addStep, toGraph } = createSteps()
  const freeTo = (from: number, to: number, mark?: Mark): void => addStep(from, to, takesNothing, false, mark)

  const consume = (from: number, taken: string | number, ending: boolean): number => {
    const to = addState()
    addStep(from, to, taken, ending)
    return to
  }

  const buildSlot = (node: TemplateNode & { type: 'slot' }, from: number, ending: boolean): number => {
    const inside = addState()
    freeTo(from, inside, { type: 'slot_start', name: node.name, slotType: node.slotType })
    const last = build(slotNode(grammar, node.slotType), inside, ending)
    const after = addState()
    freeTo(last, after, { type: 'slot_end' })
    return after
  }

  const buildAnything = (from: number, ending: boolean): number => {
    const inside = consume(from, takesAnyWord, ending)
    const after = addState()
    // Leaving comes first: as few words as possible, so that "to feed the cat in ten minutes" keeps its duration.
    freeTo(inside, after)
    addStep(inside, inside, takesAnyWord, ending)
    return after
  }

  /** Adds `node` behind `from` and returns the state where it ends. */
  function build(node: TemplateNode, from: number, ending: boolean): number {
    switch (node.type) {
      case 'word':
        return consume(from, node.word, ending)
      case 'long_number':
        return consume(from, takesLongNumber, ending)
      case 'anything':
        return buildAnything(from, ending)
      case 'sequence':
        return node.parts.reduce((at, part) => build(part, at, ending), from)
      case 'choice': {
        const after = addState()
        for (const option of node.options) freeTo(build(option, branchFrom(from), ending), after)
        return after
      }
      case 'optional': {
        const after = addState()
        freeTo(build(node.node, branchFrom(from), ending), after)
        freeTo(from, after)
        return after
      }
      case 'rule':
        return build(ruleNode(grammar, node.name), from, ending)
      case 'slot':
        return buildSlot(node, from, ending)
      case 'ending':
        return build(node.node, from, true)
      case 'typed':
        return build(node.node, from, ending)
    }
  }

  const branchFrom = (from: number): number => {
    const branch = addState()
    freeTo(from, branch)
    return branch
  }

  const start = addState()
  const opened = build(grammar.opening, start, false)
  const said = addState()
  grammar.intents.forEach((templates, index) => {
    for (const template of templates) {
      const branch = addState()
      freeTo(opened, branch, { type: 'intent', index })
      freeTo(build(template, branch, false), said)
    }
  })
  const accept = build(grammar.closing, said, false)
  return toGraph({ start, accept })
}
