import { type ParsedGrammar, ruleNode, slotNode } from './graph.ts'
import type { Intent } from './intent.ts'
import type { TemplateNode } from './template.ts'

export type GeneratedSentence = { readonly intent: Intent; readonly words: readonly string[] }

type Choices = {
  /** 0 to below 1, as of `seededRandom`. */
  readonly random: () => number
  /** Also takes what only typed text can say. Wildcards then become one of `anyWords`. */
  readonly typed: boolean
}

const anyWords = ['grandma', 'bicycle', 'soufflé']

const pick = <T>(items: readonly T[], random: () => number): T | undefined => items[Math.floor(random() * items.length)]

/** Says one random way through a node; undefined when it cannot be spoken. */
const say = (grammar: ParsedGrammar, node: TemplateNode, choices: Choices): readonly string[] | undefined => {
  const { random, typed } = choices
  switch (node.type) {
    case 'word':
      return [node.word]
    case 'sequence':
      return saySequence(grammar, node.parts, choices)
    case 'choice':
      return sayOne(grammar, node.options, choices)
    case 'optional':
      return random() < 0.5 ? [] : (say(grammar, node.node, choices) ?? [])
    case 'rule':
      return say(grammar, ruleNode(grammar, node.name), choices)
    case 'slot':
      return say(grammar, slotNode(grammar, node.slotType), choices)
    case 'ending':
      return say(grammar, node.node, choices)
    case 'typed':
      return typed ? say(grammar, node.node, choices) : undefined
    case 'long_number':
      return typed ? [String(10_000 + Math.floor(random() * 1_000_000))] : undefined
    case 'anything':
      return typed ? [pick(anyWords, random) ?? 'something'] : undefined
  }
}

/** One of the options that can be said, each equally likely. */
const sayOne = (
  grammar: ParsedGrammar,
  options: readonly TemplateNode[],
  choices: Choices,
): readonly string[] | undefined => {
  const rest = [...options]
  while (rest.length > 0) {
    const [option] = rest.splice(Math.floor(choices.random() * rest.length), 1)
    const words = option && say(grammar, option, choices)
    if (words) return words
  }
  return undefined
}

const saySequence = (
  grammar: ParsedGrammar,
  parts: readonly TemplateNode[],
  choices: Choices,
): readonly string[] | undefined => {
  const words: string[] = []
  for (const part of parts) {
    const said = say(grammar, part, choices)
    if (!said) return undefined
    words.push(...said)
  }
  return words
}

/** One random sentence of the grammar, each intent equally likely. Without `typed` it is one that the recogniser can hear. */
export const generateSentence = (grammar: ParsedGrammar, choices: Choices, only?: Intent): GeneratedSentence => {
  const entries = grammar.definition.intents
    .map(({ intent }, index) => ({ intent, templates: grammar.intents[index] ?? [] }))
    .filter(({ intent }) => only === undefined || intent === only)
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const entry = pick(entries, choices.random)
    const template = entry && pick(entry.templates, choices.random)
    if (!entry || !template) break
    const said = say(grammar, template, choices)
    if (!said) continue
    const opening = say(grammar, grammar.opening, choices) ?? []
    const closing = say(grammar, grammar.closing, choices) ?? []
    return { intent: entry.intent, words: [...opening, ...said, ...closing] }
  }
  throw new Error(`nothing of ${only ?? 'the grammar'} can be said`)
}
