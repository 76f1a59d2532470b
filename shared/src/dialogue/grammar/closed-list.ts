import type { SlotType } from './definition.ts'
import { parseTemplate, type TemplateNode, type WordUnit } from './template.ts'

/** Every sequence of words that a template without slots, rules and wildcards can say. */
const sayings = (node: TemplateNode): string[][] => {
  switch (node.type) {
    case 'word':
      return [[node.word]]
    case 'sequence':
      return node.parts.reduce<string[][]>(
        (heads, part) => heads.flatMap((head) => sayings(part).map((tail) => [...head, ...tail])),
        [[]],
      )
    case 'choice':
      return node.options.flatMap(sayings)
    case 'optional':
      return [[], ...sayings(node.node)]
    case 'typed':
    case 'ending':
      return sayings(node.node)
    default:
      throw new Error(`${node.type} cannot stand in a closed list`)
  }
}

/** A slot type that is one of a list: each value with the templates that name it. Longer names win over their beginnings. */
export const closedList = (values: Readonly<Record<string, readonly string[]>>, unit: WordUnit): SlotType => {
  const valueNamed = new Map<string, string>()
  const templates: string[] = []
  for (const [value, names] of Object.entries(values)) {
    for (const name of names) {
      const parsed = parseTemplate(name, unit)
      if (!parsed.ok) throw new Error(parsed.error.message)
      for (const saying of sayings(parsed.value)) valueNamed.set(saying.join(' '), value)
      templates.push(name)
    }
  }
  return {
    template: templates.join('|'),
    parse: (words) => {
      const value = valueNamed.get(words.join(' '))
      return value === undefined ? undefined : { type: 'choice', value }
    },
  }
}
