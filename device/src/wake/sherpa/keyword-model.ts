import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { WakeWordFailure } from '../wake-word.ts'

/** A model of sherpa-onnx for keyword spotting, as its releases unpack (`sherpa-onnx-kws-zipformer-...`). */
export type KeywordModel = {
  readonly encoder: string
  readonly decoder: string
  readonly joiner: string
  readonly tokens: string
  /** Word -> its line for the engine: the tokens, then `@` and the word. */
  readonly lines: ReadonlyMap<string, string>
}

/**
 * The lines of a keywords.txt: `x iǎo zh ì x iǎo zh ì @小智小智`, between tokens and name perhaps `:BOOST` and `#THRESHOLD`. Blanks in
 * a name become `_`, as in the names of all wake words. A line without a name is passed over.
 */
export const keywordLines = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const [said = '', name] = line.split('@').map((part) => part.trim())
      if (!name || said === '') return []
      const word = name.toLowerCase().replaceAll(/\s+/g, '_')
      return [[word, `${said} @${word}`] as const]
    }),
  )

/** Words that everybody wants of the Mandarin model, in its own alphabet, where keywords.txt has not got them. */
const known = keywordLines('x iǎo zh ì x iǎo zh ì @小智小智\nn ǐ h ǎo x iǎo zh ì @你好小智')

const canSay = (line: string, tokens: ReadonlySet<string>): boolean =>
  line
    .slice(0, line.indexOf('@'))
    .trim()
    .split(/\s+/)
    .every((token) => /^[:#]/.test(token) || tokens.has(token))

/** Names the files of the folder. Quantised networks go before whole ones, as they are what a Pi can afford; the decoder is small and stays whole. */
export const readKeywordModel = (dir: string): Result<KeywordModel, WakeWordFailure> => {
  const files = existsSync(dir) ? readdirSync(dir).sort() : []
  const find = (part: string, quantised: boolean): string | undefined => {
    const all = files.filter((file) => file.startsWith(part) && file.endsWith('.onnx'))
    return all.find((file) => file.endsWith('.int8.onnx') === quantised) ?? all[0]
  }
  const [encoder, decoder, joiner] = [find('encoder', true), find('decoder', false), find('joiner', true)]
  const tokens = files.find((file) => file === 'tokens.txt')
  if (!encoder || !decoder || !joiner || !tokens) {
    const missing = Object.entries({ encoder, decoder, joiner, 'tokens.txt': tokens }).flatMap(([name, file]) =>
      file ? [] : [name],
    )
    return refuse({ code: 'model_unreadable', message: `no keyword model in ${dir}: ${missing.join(', ')} missing` })
  }
  const alphabet = new Set(
    readFileSync(join(dir, tokens), 'utf8')
      .split('\n')
      .map((line) => line.split(/\s+/)[0] ?? ''),
  )
  const own = files.includes('keywords.txt') ? keywordLines(readFileSync(join(dir, 'keywords.txt'), 'utf8')) : new Map()
  const lines = new Map([...known, ...own].filter(([, line]) => canSay(line, alphabet)))
  const path = (file: string) => join(dir, file)
  return ok({ encoder: path(encoder), decoder: path(decoder), joiner: path(joiner), tokens: path(tokens), lines })
}
