import type { GrammarDefinition } from './definition.ts'
import { parseTemplate, type TemplateNode } from './template.ts'

/** A mark is passed on the way through the graph and says what the words around it are. */
export type Mark =
  | { readonly type: 'intent'; readonly index: number }
  | { readonly type: 'slot_start'; readonly name: string; readonly slotType: string }
  | { readonly type: 'slot_end' }

export type Step =
  | { readonly type: 'word'; readonly word: string; readonly to: number; readonly ending: boolean }
  | { readonly type: 'long_number'; readonly to: number; readonly ending: boolean }
  | { readonly type: 'any_word'; readonly to: number; readonly ending: boolean }
  | { readonly type: 'free'; readonly to: number; readonly mark?: Mark }

/** A nondeterministic automaton over words. The order of the steps of a state is their priority. */
export type Graph = {
  readonly states: readonly (readonly Step[])[]
  readonly start: number
  readonly accept: number
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

/** Compiles to an automaton; rules and slots are written out where they are used. */
export const buildGraph = (grammar: ParsedGrammar): Graph => {
  const states: Step[][] = []
  const addState = (): number => states.push([]) - 1
  const addStep = (from: number, step: Step): void => void states[from]?.push(step)
  const freeTo = (from: number, to: number, mark?: Mark): void =>
    addStep(from, mark ? { type: 'free', to, mark } : { type: 'free', to })

  const consume = (from: number, step: (to: number) => Step): number => {
    const to = addState()
    addStep(from, step(to))
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
    const inside = consume(from, (to) => ({ type: 'any_word', to, ending }))
    const after = addState()
    // Leaving comes first: as few words as possible, so that "to feed the cat in ten minutes" keeps its duration.
    freeTo(inside, after)
    addStep(inside, { type: 'any_word', to: inside, ending })
    return after
  }

  /** Adds `node` behind `from` and returns the state where it ends. */
  function build(node: TemplateNode, from: number, ending: boolean): number {
    switch (node.type) {
      case 'word':
        return consume(from, (to) => ({ type: 'word', word: node.word, to, ending }))
      case 'long_number':
        return consume(from, (to) => ({ type: 'long_number', to, ending }))
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
  return { states, start, accept }
}
