import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Log } from '@mynah/shared/log/log.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import * as v from 'valibot'

/** One JSON value in one file. What `write` acknowledged is on disk; a write that is cut off leaves the value before. */
export type JsonFile<T> = {
  /**
   * Undefined when there is none yet. One that cannot be read or understood is set aside as `{path}.damaged` and reported, not fatal;
   * its copy takes its place where there is one.
   */
  readonly read: () => Promise<T | undefined>
  /**
   * Atomic (new file, fsync, rename, fsync of the folder); writes run in call order, and what is on the disk already costs none.
   * Rejects when the disk refuses.
   */
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
  /** Written twice, for what nobody could give back: a worn card loses whole blocks of a file that was written long ago. */
  readonly copy?: boolean
  /** What was in the file is gone, the copy too. */
  readonly onLost?: () => void
}

type Found<T> = { readonly type: 'value'; readonly value: T } | { readonly type: 'missing' | 'damaged' }

const copyOf = (path: string) => `${path}.copy`
const damagedOf = (path: string) => `${path}.damaged`
const nextOf = (path: string) => `${path}.next`

/** Removes such a file with all that belongs to it. First its copy: a power cut in between must not bring anything back. */
export const removeJsonFile = async (path: string): Promise<void> => {
  for (const each of [copyOf(path), nextOf(copyOf(path)), nextOf(path), damagedOf(path), path]) {
    await rm(each, { recursive: true, force: true })
  }
}

export const createJsonFile = <S extends v.GenericSchema>(options: JsonFileOptions<S>): JsonFile<v.InferOutput<S>> => {
  const { path, schema, log, mode = 0o644 } = options
  type Value = v.InferOutput<S>
  const paths = options.copy ? [path, copyOf(path)] : [path]
  let lastWrite: Promise<void> = Promise.resolve()

  const setAside = async (why: string): Promise<Found<Value>> => {
    log.warn('a stored file is damaged and was set aside', { path, why })
    try {
      // A folder in its place is no better, and would be in the way of the next one.
      await rm(damagedOf(path), { recursive: true, force: true })
      await rename(path, damagedOf(path))
    } catch (error) {
      log.error('a damaged file cannot be set aside', { path, error })
    }
    return { type: 'damaged' }
  }
  const readMain = async (): Promise<Found<Value>> => {
    const text = await textOf(path)
    if (text.type === 'missing') return text
    if (text.type === 'unreadable') return setAside(text.why)
    const checked = check(schema, text.text)
    return checked.type === 'value' ? checked : setAside(checked.why)
  }
  /** What the copy holds, which then takes the place of the file. */
  const restored = async (): Promise<Value | undefined> => {
    const text = await textOf(copyOf(path))
    const checked = text.type === 'text' ? check(schema, text.text) : undefined
    if (text.type !== 'text' || checked?.type !== 'value') return undefined
    log.warn('a stored file was restored from its copy', { path })
    try {
      await writeAtomic(path, text.text, mode)
    } catch (error) {
      log.error('a restored file cannot be stored', { path, error })
    }
    return checked.value
  }
  const read = async (): Promise<Value | undefined> => {
    const found = await readMain()
    if (found.type === 'value') return found.value
    const copy = options.copy ? await restored() : undefined
    if (copy === undefined && found.type === 'damaged') options.onLost?.()
    return copy
  }
  const writeNow = async (value: Value) => {
    await mkdir(dirname(path), { recursive: true })
    const text = `${JSON.stringify(value, undefined, 2)}\n`
    for (const each of paths) {
      const before = await textOf(each)
      if (before.type !== 'text' || before.text !== text) await writeAtomic(each, text, mode)
    }
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

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)
/** Nothing is wrong with the file: this machine is short of something at the moment. */
const shortages: readonly unknown[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']

type FileText =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'missing' }
  | { readonly type: 'unreadable'; readonly why: string }

const textOf = async (path: string): Promise<FileText> => {
  try {
    return { type: 'text', text: await readFile(path, 'utf8') }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return { type: 'missing' }
    if (shortages.includes(code)) throw new Error(`cannot read ${path}`, { cause: error })
    return { type: 'unreadable', why: error instanceof Error ? error.message : String(error) }
  }
}

const check = <S extends v.GenericSchema>(schema: S, text: string) => {
  const json = parseJson(text)
  if (json === undefined) return { type: 'damaged', why: `${text.length} characters that are not JSON` } as const
  const checked = v.safeParse(schema, json, { abortEarly: true })
  if (checked.success) return { type: 'value', value: checked.output } as const
  return { type: 'damaged', why: `${v.getDotPath(checked.issues[0]) ?? 'value'} is not valid` } as const
}

/** The rename is not on the disk before its folder is synced. */
const writeAtomic = async (path: string, text: string, mode: number) => {
  const next = nextOf(path)
  const file = await open(next, 'w', mode)
  try {
    await file.chmod(mode)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
}

const syncFolder = async (path: string) => {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
