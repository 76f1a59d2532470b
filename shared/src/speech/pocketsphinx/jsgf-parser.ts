import { ok, type Result, refuse } from '../../result.ts'
import { tokenizeJsgf } from './jsgf.ts'

/** What a rule expands to. Weights and tags are left out: a speaker's commands are taken as equally likely. */
export type Expansion =
  | { readonly type: 'word'; readonly word: string }
  | { readonly type: 'rule'; readonly name: string }
  /** Said by saying nothing: `<NULL>` is the sequence of no parts. */
  | { readonly type: 'sequence'; readonly parts: readonly Expansion[] }
  /** `<VOID>`, which cannot be said, is the choice of no parts. */
  | { readonly type: 'choice'; readonly parts: readonly Expansion[] }
  | { readonly type: 'optional'; readonly part: Expansion }
  | { readonly type: 'repeat'; readonly part: Expansion; readonly atLeast: 0 | 1 }

export type JsgfGrammar = {
  /** The body of every rule, by its name without brackets; none is recursive or missing. */
  readonly rules: ReadonlyMap<string, Expansion>
  /** What may be said: any of the public rules. */
  readonly root: Expansion
}

export type GrammarProblem = {
  readonly code: 'syntax' | 'unsupported' | 'unknown_rule' | 'recursive_rule' | 'too_large' | 'nothing_to_say'
  readonly message: string
}

/** Nesting of brackets and rules together; deeper grammars are not written by people. */
const maxDepth = 200

/** Carries a problem out of the descent; never leaves this module. */
class Refused extends Error {
  readonly problem: GrammarProblem
  constructor(code: GrammarProblem['code'], message: string) {
    super(message)
    this.name = 'Refused'
    this.problem = { code, message }
  }
}

const catching = <T>(work: () => T): Result<T, GrammarProblem> => {
  try {
    return ok(work())
  } catch (error) {
    if (error instanceof Refused) return refuse(error.problem)
    throw error
  }
}

type Symbol =
  | { readonly type: 'word' | 'rule'; readonly text: string }
  | { readonly type: 'mark'; readonly text: string }
  | { readonly type: 'public' }

const ignored = /^(?:\/\*|\/\/|\uFEFF?#JSGF|grammar\s|\{.|\/\s*[0-9.eE+-]+\s*\/$)/

const symbolsIn = (text: string): readonly Symbol[] => {
  if (ignored.test(text)) return []
  if (/^import\s/.test(text)) throw new Refused('unsupported', 'grammars that import others are not supported')
  if (text === 'public') return [{ type: 'public' }]
  if (/^<[^>]+>$/.test(text)) return [{ type: 'rule', text: text.slice(1, -1).trim() }]
  const marks = text.replace(/\s+/g, '')
  if (/^[;=|()[\]*+]*$/.test(marks)) return Array.from(marks, (mark) => ({ type: 'mark', text: mark }))
  throw new Refused('syntax', `"${text.slice(0, 40)}" is not expected in a grammar`)
}

const symbolsOf = (jsgf: string): readonly Symbol[] =>
  tokenizeJsgf(jsgf).flatMap((token) => (token.type === 'word' ? [token] : symbolsIn(token.text)))

const described = (symbol: Symbol | undefined): string => {
  if (!symbol) return 'the end of the grammar'
  if (symbol.type === 'public') return '"public"'
  return symbol.type === 'rule' ? `<${symbol.text}>` : `"${symbol.text}"`
}

const only = (parts: readonly Expansion[], type: 'sequence' | 'choice'): Expansion => {
  const [first] = parts
  return first && parts.length === 1 ? first : { type, parts }
}

const special: Readonly<Record<string, Expansion>> = {
  NULL: { type: 'sequence', parts: [] },
  VOID: { type: 'choice', parts: [] },
}

/** A descent over the symbols; each function takes the symbols it needs and leaves the rest. */
const createDescent = (symbols: readonly Symbol[]) => {
  let at = 0
  const isMark = (text: string): boolean => {
    const symbol = symbols[at]
    return symbol?.type === 'mark' && symbol.text === text
  }
  const take = (text: string): boolean => {
    if (!isMark(text)) return false
    at++
    return true
  }
  const expect = (text: string) => {
    if (!take(text)) throw new Refused('syntax', `"${text}" is expected before ${described(symbols[at])}`)
  }
  const atom = (depth: number): Expansion | undefined => {
    const symbol = symbols[at]
    if (symbol?.type === 'word' || symbol?.type === 'rule') {
      at++
      if (symbol.type === 'word') return { type: 'word', word: symbol.text }
      return special[symbol.text] ?? { type: 'rule', name: symbol.text }
    }
    if (take('(')) {
      const part = choice(depth + 1)
      expect(')')
      return part
    }
    if (!take('[')) return undefined
    const part = choice(depth + 1)
    expect(']')
    return { type: 'optional', part }
  }
  const sequence = (depth: number): Expansion => {
    const parts: Expansion[] = []
    for (let part = atom(depth); part; part = atom(depth)) {
      if (take('*')) part = { type: 'repeat', part, atLeast: 0 }
      else if (take('+')) part = { type: 'repeat', part, atLeast: 1 }
      parts.push(part)
    }
    if (parts.length === 0) throw new Refused('syntax', `a word or rule is expected before ${described(symbols[at])}`)
    return only(parts, 'sequence')
  }
  const choice = (depth: number): Expansion => {
    if (depth > maxDepth) throw new Refused('too_large', `brackets are nested deeper than ${maxDepth}`)
    const parts = [sequence(depth)]
    while (take('|')) parts.push(sequence(depth))
    return only(parts, 'choice')
  }
  const rule = () => {
    const isPublic = symbols[at]?.type === 'public'
    if (isPublic) at++
    const symbol = symbols[at++]
    if (symbol?.type !== 'rule') throw new Refused('syntax', `a rule is expected before ${described(symbol)}`)
    expect('=')
    const body = choice(0)
    expect(';')
    return { name: symbol.text, isPublic, body }
  }
  return { rule, isDone: () => at >= symbols.length }
}

const childrenOf = (expansion: Expansion): readonly Expansion[] => {
  if (expansion.type === 'sequence' || expansion.type === 'choice') return expansion.parts
  return expansion.type === 'optional' || expansion.type === 'repeat' ? [expansion.part] : []
}

/** Refuses what has no finite expansion. Only rules that a public rule reaches are looked at. */
const checkReferences = (rules: ReadonlyMap<string, Expansion>, root: Expansion) => {
  const heights = new Map<string, number>()
  const open = new Set<string>()
  const ruleHeight = (name: string, depth: number): number => {
    const known = heights.get(name)
    if (known !== undefined) return known
    const body = rules.get(name)
    if (!body) throw new Refused('unknown_rule', `the rule <${name}> is used but not defined`)
    if (open.has(name)) throw new Refused('recursive_rule', `the rule <${name}> refers to itself`)
    open.add(name)
    const height = heightOf(body, depth)
    open.delete(name)
    heights.set(name, height)
    return height
  }
  const heightOf = (expansion: Expansion, depth: number): number => {
    let height = expansion.type === 'rule' ? ruleHeight(expansion.name, depth + 1) : 0
    for (const child of childrenOf(expansion)) height = Math.max(height, heightOf(child, depth + 1))
    if (depth + height > 2 * maxDepth) throw new Refused('too_large', `rules are nested deeper than ${2 * maxDepth}`)
    return height + 1
  }
  heightOf(root, 0)
}

/**
 * Reads a JSGF 1.0 grammar (rules, choices, sequences, groups, options, `*`, `+`, `<NULL>`, `<VOID>`; weights and tags are skipped).
 * Refuses imports, recursion, rules that are not defined and what is not JSGF, with a message that names the place. Total: any text.
 */
export const parseJsgf = (jsgf: string): Result<JsgfGrammar, GrammarProblem> =>
  catching(() => {
    const descent = createDescent(symbolsOf(jsgf))
    const rules = new Map<string, Expansion>()
    const publicRules: Expansion[] = []
    while (!descent.isDone()) {
      const { name, isPublic, body } = descent.rule()
      if (rules.has(name)) throw new Refused('syntax', `the rule <${name}> is defined twice`)
      rules.set(name, body)
      if (isPublic) publicRules.push({ type: 'rule', name })
    }
    if (publicRules.length === 0) throw new Refused('nothing_to_say', 'the grammar has no public rule')
    const root = only(publicRules, 'choice')
    checkReferences(rules, root)
    return { rules, root }
  })
