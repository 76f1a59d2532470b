/**
 * As much of JSGF (Java Speech Grammar Format 1.0) as is needed to look at and replace the words of a grammar: everything else
 * is handed through as it is.
 */
export type JsgfToken =
  | { readonly type: 'word'; readonly text: string }
  /** Rule names, operators, weights, tags, comments, white space, header. */
  | { readonly type: 'other'; readonly text: string }

// Order matters: comments before operators, the header's words before plain words.
const pattern =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|^\uFEFF?#JSGF[^;]*;|\b(?:grammar|import)\s[^;]*;|\bpublic\b(?=\s*<)|<[^>]*>|\{(?:\\.|[^}])*\}|\/\s*[0-9.eE+-]+\s*\/|"((?:\\.|[^"])*)"|[\s;=|()[\]*+]+|[^\s;=|()[\]*+<>{}"/]+|[<>{}"/]/g

const isWord = /^[^\s;=|()[\]*+<>{}"/#][^\s;=|()[\]*+<>{}"/]*$/u
const isHeader = /^(?:grammar|import)\s|^public$/

/** Splits a grammar; the texts of all tokens together are the grammar, but for quotes round words. */
export const tokenizeJsgf = (jsgf: string): readonly JsgfToken[] => {
  const tokens: JsgfToken[] = []
  for (const match of jsgf.matchAll(pattern)) {
    const [text, quoted] = match
    if (quoted !== undefined) {
      for (const word of quoted.split(/\s+/)) if (word) tokens.push({ type: 'word', text: word })
    } else tokens.push({ type: isWord.test(text) && !isHeader.test(text) ? 'word' : 'other', text })
  }
  return tokens
}

/** The grammar with every word replaced by what `replace` makes of it. */
export const mapJsgfWords = (tokens: readonly JsgfToken[], replace: (word: string) => string): string =>
  tokens
    .map((token, index) => {
      if (token.type === 'other') return token.text
      // Two words that were quoted together have no white space between them.
      return tokens[index - 1]?.type === 'word' ? ` ${replace(token.text)}` : replace(token.text)
    })
    .join('')

export const jsgfWords = (tokens: readonly JsgfToken[]): ReadonlySet<string> =>
  new Set(tokens.flatMap((token) => (token.type === 'word' ? [token.text] : [])))
