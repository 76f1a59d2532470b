import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createJsonFile } from '../../src/store/json-file.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mynah-store-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const schema = v.object({ count: v.number() })
const fileAt = (path: string, mode?: number) =>
  createJsonFile({ path, schema, log: silentLog, ...(mode ? { mode } : {}) })

describe('a stored value', () => {
  it('is undefined before the first write and read back after it, in folders that did not exist', async () => {
    const file = fileAt(join(dir, 'deep', 'er', 'x.json'))
    expect(await file.read()).toBeUndefined()
    await file.write({ count: 3 })
    expect(await file.read()).toEqual({ count: 3 })
  })
  it('is the last of many writes at once, and no temporary file stays', async () => {
    const file = fileAt(join(dir, 'x.json'))
    await Promise.all(Array.from({ length: 20 }, (_, count) => file.write({ count })))
    expect(await file.read()).toEqual({ count: 19 })
    expect(await readdir(dir)).toEqual(['x.json'])
  })
  it('that is damaged is set aside, and the speaker starts without it', async () => {
    const path = join(dir, 'x.json')
    for (const damage of ['{"count": 1', '{"count": "one"}', '']) {
      await writeFile(path, damage)
      expect(await fileAt(path).read()).toBeUndefined()
      expect(await readFile(`${path}.damaged`, 'utf8')).toBe(damage)
      await expect(stat(path)).rejects.toThrow()
    }
  })
  it('survives a write that the disk refuses', async () => {
    const path = join(dir, 'x.json')
    const file = fileAt(path)
    await file.write({ count: 1 })
    // A folder in the way of the temporary file.
    await rm(`${path}.next`, { force: true })
    const { mkdir } = await import('node:fs/promises')
    await mkdir(`${path}.next`)
    await expect(file.write({ count: 2 })).rejects.toBeInstanceOf(Error)
    expect(await file.read()).toEqual({ count: 1 })
  })
  it('keeps a secret for its owner only', async () => {
    const path = join(dir, 'secret.json')
    await fileAt(path, 0o600).write({ count: 1 })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })
})
