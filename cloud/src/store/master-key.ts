import { randomBytes, randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from './store-error.ts'

const keyBytes = 32

const isThere = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EEXIST'

/** Gateway and bridge may start together on a new folder: one key gets its name, whole, and both read that one. */
const makeKey = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const own = `${path}.${randomUUID()}`
  const file = openSync(own, 'wx', 0o600)
  try {
    writeSync(file, `${randomBytes(keyBytes).toString('base64url')}\n`)
    fsyncSync(file)
    linkSync(own, path)
  } catch (error) {
    if (!isThere(error)) throw error
  } finally {
    closeSync(file)
    rmSync(own)
  }
}

/**
 * Reads the key that seals secrets and transcripts, and makes one (mode 0600) when there is none and the database is new as well.
 * Throws `StoreError`: a database without its key is refused, since a new key would make all it holds unreadable for ever.
 */
export const loadMasterKey = (path: string, databaseExists: boolean): Uint8Array => {
  if (!existsSync(path)) {
    if (databaseExists) {
      throw new StoreError(
        'key_missing',
        `The database exists but its key ${path} does not. Put the key file back (it is not part of a database backup), or move the database away to start afresh.`,
      )
    }
    makeKey(path)
  }
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url')
  if (key.length !== keyBytes) {
    throw new StoreError('key_invalid', `${path} must hold ${keyBytes} bytes as base64url, it holds ${key.length}`)
  }
  return key
}
