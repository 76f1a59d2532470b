import { type ParsedGrammar, ruleNode, slotNode } from './graph.ts'
import type { TemplateNode } from './template.ts'

/** Text of a right-hand side; undefined when nothing of it can be spoken. */
type Expansion = string | undefined

const ruleName = (name: string): string => `<${name}>`
const slotRuleName = (slotType: string): string => `<slot_${slotType}>`

const isLiteral = (node: TemplateNode): boolean =>
  node.type === 'word' || (node.type === 'sequence' && node.parts.every(isLiteral))

/**
 * The grammar as JSGF for the recogniser (JSpeech Grammar Format 1.0): lower-case words, numbers spelled out, typed-only parts
 * left out. Numbers are rules, so no right-hand side lists them.
 */
export const toJsgf = (grammar: ParsedGrammar): string => {
  const { definition } = grammar
  const between = definition.unit === 'spaced' ? ' ' : ''
  const written = new Map<string, string>()
  const unspeakable = new Set<string>()

  /** Writes a named rule once, on first use; callers get its name, or nothing when it cannot be spoken. */
  const named = (name: string, node: TemplateNode): Expansion => {
    if (unspeakable.has(name)) return undefined
    if (!written.has(name)) {
      const text = expand(node)
      if (text === undefined) {
        unspeakable.add(name)
        return undefined
      }
      written.set(name, text)
    }
    return name
  }

  const expandSequence = (parts: readonly TemplateNode[]): Expansion => {
    const pieces = parts.map((part) => ({ text: expand(part, true), part }))
    // A part that may be left out is left out; one that must be spoken and cannot be takes the whole sequence with it.
    if (pieces.some(({ text, part }) => text === undefined && part.type !== 'optional')) return undefined
    let line = ''
    let lastWasWord = false
    for (const { text, part } of pieces) {
      if (text === undefined) continue
      line += `${lastWasWord && isLiteral(part) ? between : ' '}${text}`
      lastWasWord = isLiteral(part)
    }
    return line.trim() || undefined
  }

  const expandChoice = (options: readonly TemplateNode[], inside: boolean): Expansion => {
    const spoken = options.map((option) => expand(option)).filter((option) => option !== undefined)
    if (spoken.length === 0) return undefined
    const text = [...new Set(spoken)].join(' | ')
    return inside && spoken.length > 1 ? `( ${text} )` : text
  }

  function expand(node: TemplateNode, inside = false): Expansion {
    switch (node.type) {
      case 'word':
        return node.word
      case 'sequence':
        return expandSequence(node.parts)
      case 'choice':
        return expandChoice(node.options, inside)
      case 'optional': {
        const text = expand(node.node)
        return text === undefined ? undefined : `[ ${text} ]`
      }
      case 'rule':
        return named(ruleName(node.name), ruleNode(grammar, node.name))
      case 'slot':
        return named(slotRuleName(node.slotType), slotNode(grammar, node.slotType))
      case 'ending':
        return expand(node.node, inside)
      case 'typed':
      case 'long_number':
      case 'anything':
        return undefined
    }
  }

  const commands = definition.intents.flatMap(({ intent }, index) => {
    const name = named(`<intent_${intent}>`, { type: 'choice', options: grammar.intents[index] ?? [] })
    return name === undefined ? [] : [name]
  })
  written.set('<said>', [...new Set(commands)].join(' | '))
  const opening = expand(grammar.opening)
  const closing = expand(grammar.closing)
  const wake = named('<wake>', ruleNode(grammar, 'wake'))
  const command = [opening, '<said>', closing].filter((part) => part !== undefined).join(' ')
  const rules = [...written].map(([name, text]) => `${name} = ${text} ;`)
  return [
    '#JSGF V1.0;',
    `grammar mynah_${definition.language};`,
    `public <command> = ${command}${wake === undefined ? '' : ` | ${wake}`} ;`,
    ...rules,
    '',
  ].join('\n')
}
