import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Log } from '@mynah/shared/log/log.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import * as v from 'valibot'

/** One JSON value in one file. What `write` acknowledged is on disk; a write that is cut off leaves the value before. */
export type JsonFile<T> = {
  /** Undefined when there is none yet. A file that cannot be understood is set aside as `{path}.damaged` and reported, not fatal. */
  readonly read: () => Promise<T | undefined>
  /** Atomic (new file, fsync, rename, fsync of the folder); writes run in call order. Rejects when the disk refuses. */
  readonly write: (value: T) => Promise<void>
  /** Resolves when every write so far has ended, well or not. */
  readonly settled: () => Promise<void>
}

export type JsonFileOptions<S extends v.GenericSchema> = {
  readonly path: string
  readonly schema: S
  readonly log: Log
  /** Permission bits of the file, 0o644 unless told: 0o600 for secrets. */
  readonly mode?: number
}

export const createJsonFile = <S extends v.GenericSchema>(options: JsonFileOptions<S>): JsonFile<v.InferOutput<S>> => {
  const { path, schema, log, mode = 0o644 } = options
  let lastWrite: Promise<void> = Promise.resolve()

  const setAside = async (why: string) => {
    log.warn('a stored file is damaged and was set aside', { path, why })
    await rename(path, `${path}.damaged`)
    return undefined
  }
  const read = async () => {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if (isMissing(error)) return undefined
      throw new Error(`cannot read ${path}`, { cause: error })
    }
    const json = parseJson(text)
    if (json === undefined) return setAside(`${text.length} characters that are not JSON`)
    const checked = v.safeParse(schema, json, { abortEarly: true })
    return checked.success ? checked.output : setAside(`${v.getDotPath(checked.issues[0]) ?? 'value'} is not valid`)
  }
  const writeNow = async (value: v.InferOutput<S>) => {
    await mkdir(dirname(path), { recursive: true })
    const next = `${path}.next`
    await writeSynced(next, `${JSON.stringify(value, undefined, 2)}\n`, mode)
    await rename(next, path)
    await syncFolder(dirname(path))
  }
  return {
    read,
    write: (value) => {
      const written = lastWrite.then(() => writeNow(value))
      // The next write does not care how this one went; its caller does.
      lastWrite = written.catch(() => {})
      return written
    },
    settled: () => lastWrite,
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const writeSynced = async (path: string, text: string, mode: number) => {
  const file = await open(path, 'w', mode)
  try {
    await file.chmod(mode)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

const syncFolder = async (path: string) => {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
