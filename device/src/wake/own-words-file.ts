import { join } from 'node:path'
import type { Log } from '@mynah/shared/log/log.ts'
import { ownWordNameSchema } from '@mynah/shared/wire/own-words.ts'
import * as v from 'valibot'
import { createJsonFile, removeJsonFile } from '../store/json-file.ts'
import type { OwnWord } from './own-word.ts'
import { embeddingSize } from './speech-embedding.ts'

export const ownWordsFileName = 'own-words.json'

/** One embedding in bytes: 96 floats. */
const rowBytes = embeddingSize * Float32Array.BYTES_PER_ELEMENT

const templateSchema = v.pipe(
  v.string(),
  v.base64(),
  v.transform((text) => Uint8Array.from(Buffer.from(text, 'base64'))),
  v.check((bytes) => bytes.length > 0 && bytes.length % rowBytes === 0, `whole embeddings of ${rowBytes} bytes`),
  v.transform((bytes) => new Float32Array(bytes.buffer)),
)
const wordSchema = v.object({
  word: ownWordNameSchema,
  templates: v.pipe(v.array(templateSchema), v.minLength(1), v.maxLength(10)),
  active: v.optional(v.boolean()),
})
/** More cost little, but each is one more way to be woken by mistake. */
export const maxOwnWords = 3

const fileSchema = v.object({ v: v.literal(1), words: v.array(v.unknown()) })

const storedOf = ({ templates, ...rest }: OwnWord) => ({
  ...rest,
  templates: templates.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
  ),
})

/**
 * The owner's wake words on this speaker's disk: embeddings, from which no sound can be made again, and never the recordings.
 * Readable by its user only; removed with everything else of an owner who parts from the speaker.
 */
export const createOwnWordsFile = (storeDir: string, log: Log) => {
  const path = join(storeDir, ownWordsFileName)
  const file = createJsonFile({ path, schema: fileSchema, log, mode: 0o600 })

  const read = async (): Promise<readonly OwnWord[]> => {
    const stored = (await file.read())?.words ?? []
    return stored.flatMap((entry) => {
      const word = v.safeParse(wordSchema, entry)
      if (!word.success) log.warn('a stored wake word is damaged and not in use', { path })
      if (!word.success) return []
      const { active, ...whole } = word.output
      return [active === undefined ? whole : { ...whole, active }]
    })
  }
  const write = (words: readonly OwnWord[]) => file.write({ v: 1, words: words.map(storedOf) })
  return {
    read,
    /** One of the same name is replaced. */
    add: async (word: OwnWord): Promise<void> => {
      await write([...(await read()).filter((other) => other.word !== word.word), word])
    },
    /** False when there is none of this name. */
    setActive: async (name: string, active: boolean): Promise<boolean> => {
      const words = await read()
      if (!words.some(({ word }) => word === name)) return false
      await write(words.map((word) => (word.word === name ? { ...word, active } : word)))
      return true
    },
    /** False when there is none of this name. */
    forget: async (name: string): Promise<boolean> => {
      const words = await read()
      const left = words.filter(({ word }) => word !== name)
      if (left.length === words.length) return false
      if (left.length === 0) await removeJsonFile(path)
      else await write(left)
      return true
    },
  }
}

export type OwnWordsFile = ReturnType<typeof createOwnWordsFile>
