import { ok, type Result, refuse } from '../../result.ts'

/**
 * The small language that commands are written in:
 *
 *     words          said as they stand (English by spaces, Chinese by characters)
 *     [x]            x or nothing
 *     (x|y)          one of them
 *     <rule>         the rule of that name
 *     {slot}         a slot whose type has the slot's name; {slot:type} when the names differ
 *     ~x             x is a harmless ending: cutting it off changes nothing, so it does not keep a command open
 *     ^x             x is understood in typed text only; the recogniser never hears it
 *     #              a number too long to be spelled out (typed only)
 *     *              one or more words of any kind (typed only)
 */
export type TemplateNode =
  | { readonly type: 'word'; readonly word: string }
  | { readonly type: 'sequence'; readonly parts: readonly TemplateNode[] }
  | { readonly type: 'choice'; readonly options: readonly TemplateNode[] }
  | { readonly type: 'optional'; readonly node: TemplateNode }
  | { readonly type: 'rule'; readonly name: string }
  | { readonly type: 'slot'; readonly name: string; readonly slotType: string }
  | { readonly type: 'ending'; readonly node: TemplateNode }
  | { readonly type: 'typed'; readonly node: TemplateNode }
  | { readonly type: 'long_number' }
  | { readonly type: 'anything' }

export type TemplateError = { readonly code: 'bad_template'; readonly message: string }

/** How literal text falls into words of the grammar. */
export type WordUnit = 'spaced' | 'character'

type Cursor = { readonly text: string; readonly unit: WordUnit; at: number }

const special = /[[\]()|{}<>~^#*\s]/u

class TemplateSyntaxError extends Error {}

const fail = (cursor: Cursor, what: string): never => {
  throw new TemplateSyntaxError(`${what} at character ${cursor.at} of "${cursor.text}"`)
}

const skipSpaces = (cursor: Cursor): void => {
  while (/\s/.test(cursor.text[cursor.at] ?? '')) cursor.at += 1
}

const expectChar = (cursor: Cursor, char: string): void => {
  skipSpaces(cursor)
  if (cursor.text[cursor.at] !== char) fail(cursor, `"${char}" expected`)
  cursor.at += 1
}

const readName = (cursor: Cursor, close: string): string => {
  const end = cursor.text.indexOf(close, cursor.at)
  if (end < 0) return fail(cursor, `"${close}" expected`)
  const name = cursor.text.slice(cursor.at, end)
  if (!/^[a-z][a-z0-9_]*(:[a-z][a-z0-9_]*)?$/.test(name)) fail(cursor, `"${name}" is no name`)
  cursor.at = end + 1
  return name
}

const readWords = (cursor: Cursor): TemplateNode => {
  const start = cursor.at
  while (cursor.at < cursor.text.length && !special.test(cursor.text[cursor.at] ?? '')) cursor.at += 1
  const run = cursor.text.slice(start, cursor.at)
  // Latin letters stay one word inside Chinese too: "hey jarvis" in front of 现在几点.
  const words = cursor.unit === 'spaced' ? [run] : (run.match(/[a-z']+|./gu) ?? [])
  const nodes = words.map((word): TemplateNode => ({ type: 'word', word }))
  return nodes.length === 1 && nodes[0] ? nodes[0] : { type: 'sequence', parts: nodes }
}

const readBracketed = (cursor: Cursor, close: string): TemplateNode => {
  const node = readChoice(cursor)
  expectChar(cursor, close)
  return node
}

const readItem = (cursor: Cursor): TemplateNode => {
  const char = cursor.text[cursor.at] ?? ''
  if (!special.test(char)) return readWords(cursor)
  cursor.at += 1
  switch (char) {
    case '[':
      return { type: 'optional', node: readBracketed(cursor, ']') }
    case '(':
      return readBracketed(cursor, ')')
    case '<':
      return { type: 'rule', name: readName(cursor, '>') }
    case '{': {
      const [name = '', slotType = name] = readName(cursor, '}').split(':')
      return { type: 'slot', name, slotType }
    }
    case '~':
      return { type: 'ending', node: readItem(cursor) }
    case '^':
      return { type: 'typed', node: readItem(cursor) }
    case '#':
      return { type: 'long_number' }
    case '*':
      return { type: 'anything' }
    default:
      cursor.at -= 1
      return fail(cursor, `"${char}" unexpected`)
  }
}

const readSequence = (cursor: Cursor): TemplateNode => {
  const parts: TemplateNode[] = []
  for (;;) {
    skipSpaces(cursor)
    const char = cursor.text[cursor.at]
    if (char === undefined || char === '|' || char === ')' || char === ']') break
    parts.push(readItem(cursor))
  }
  if (parts.length === 0) fail(cursor, 'nothing to say')
  return parts.length === 1 && parts[0] ? parts[0] : { type: 'sequence', parts }
}

function readChoice(cursor: Cursor): TemplateNode {
  const options = [readSequence(cursor)]
  for (;;) {
    skipSpaces(cursor)
    if (cursor.text[cursor.at] !== '|') break
    cursor.at += 1
    options.push(readSequence(cursor))
  }
  return options.length === 1 && options[0] ? options[0] : { type: 'choice', options }
}

/** Reads one template. Refuses with the place of the first mistake. */
export const parseTemplate = (text: string, unit: WordUnit): Result<TemplateNode, TemplateError> => {
  const cursor: Cursor = { text, unit, at: 0 }
  try {
    const node = readChoice(cursor)
    if (cursor.at < text.length) fail(cursor, `"${text[cursor.at]}" unexpected`)
    return ok(node)
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return refuse({ code: 'bad_template', message: error.message })
    throw error
  }
}
