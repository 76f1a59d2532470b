import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where the models of one language lie. */
export type SphinxModel = {
  readonly acousticModelDir: string
  readonly dictionaryFile: string
  /** Any words, for dictation and for the words of what is rejected. */
  readonly languageModelFile?: string
  /** The order of phones for the loop that rejects; without it every phone may follow every other. */
  readonly phoneModelFile?: string
}

/** Debian's `pocketsphinx-en-us` first, then where a build from source puts it. */
const englishDirs = ['/usr/share/pocketsphinx/model/en-us', '/usr/local/share/pocketsphinx/model/en-us']

const present = (dir: string, names: readonly string[]): string | undefined =>
  names.map((name) => join(dir, name)).find((path) => existsSync(path))

const modelIn = (
  dir: string,
  names: { readonly acoustic: readonly string[]; readonly dictionary: readonly string[] },
): SphinxModel | undefined => {
  const acousticModelDir = names.acoustic.map((name) => join(dir, name)).find((path) => existsSync(join(path, 'mdef')))
  const dictionaryFile = present(dir, names.dictionary)
  if (!acousticModelDir || !dictionaryFile) return undefined
  const languageModelFile = present(dir, ['en-us.lm.bin'])
  const phoneModelFile = present(dir, ['en-us-phone.lm.bin'])
  return {
    acousticModelDir,
    dictionaryFile,
    ...(languageModelFile ? { languageModelFile } : {}),
    ...(phoneModelFile ? { phoneModelFile } : {}),
  }
}

/** The English model: in `dir` when given, else where Debian installs it. */
export const findEnglishModel = (dir?: string): SphinxModel | undefined => {
  for (const candidate of dir ? [dir] : englishDirs) {
    const model = modelIn(candidate, { acoustic: ['en-us'], dictionary: ['cmudict-en-us.dict'] })
    if (model) return model
  }
  return undefined
}

/** The Mandarin model lies where the owner put it: no distribution packages it. */
export const findMandarinModel = (dir: string): SphinxModel | undefined =>
  modelIn(dir, { acoustic: ['zh-sc', 'zh-ptm', 'zh_cn', 'zh-cn'], dictionary: ['mandarin_notone.dic', 'zh_cn.dic'] })
