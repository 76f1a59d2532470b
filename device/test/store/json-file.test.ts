import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createJsonFile, removeJsonFile } from '../../src/store/json-file.ts'

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
  it('with a folder in its place is set aside as well, and the next value is stored', async () => {
    const path = join(dir, 'x.json')
    for (const round of [1, 2]) {
      await rm(path, { force: true })
      await mkdir(join(path, `in the way ${round}`), { recursive: true })
      expect(await fileAt(path).read()).toBeUndefined()
      expect(await readdir(`${path}.damaged`)).toEqual([`in the way ${round}`])
      await fileAt(path).write({ count: round })
      expect(await fileAt(path).read()).toEqual({ count: round })
    }
  })
  it('that is on the disk already is not written again', async () => {
    const path = join(dir, 'x.json')
    const file = fileAt(path)
    await file.write({ count: 1 })
    const { ino, mtimeMs } = await stat(path)
    await file.write({ count: 1 })
    await fileAt(path).write({ count: 1 })
    expect(await stat(path)).toMatchObject({ ino, mtimeMs })
    await file.write({ count: 2 })
    expect((await stat(path)).ino).not.toBe(ino)
  })
  it('survives a write that the disk refuses', async () => {
    const path = join(dir, 'x.json')
    const file = fileAt(path)
    await file.write({ count: 1 })
    // A folder in the way of the temporary file.
    await rm(`${path}.next`, { force: true })
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

describe('a stored value with a copy', () => {
  const lost: string[] = []
  const copied = (path: string) =>
    createJsonFile({ path, schema, log: silentLog, copy: true, onLost: () => lost.push(path) })
  beforeEach(() => void lost.splice(0))

  it('outlives the loss of either file, and both are whole again after it', async () => {
    const path = join(dir, 'x.json')
    await copied(path).write({ count: 3 })
    const whole = await readFile(path, 'utf8')
    for (const harm of [
      () => writeFile(path, ''),
      () => writeFile(path, whole.slice(0, whole.length / 2)),
      () => writeFile(path, '\u0000'.repeat(4096)),
      () => rm(path),
      () => rm(path).then(() => mkdir(path)),
      () => writeFile(`${path}.copy`, '{'),
    ]) {
      await harm()
      expect(await copied(path).read()).toEqual({ count: 3 })
      expect(await readFile(path, 'utf8')).toBe(whole)
      await copied(path).write({ count: 3 })
      expect(await readFile(`${path}.copy`, 'utf8')).toBe(whole)
    }
    expect(lost).toEqual([])
  })
  it('that is lost twice is told, one that never was is not', async () => {
    const path = join(dir, 'x.json')
    expect(await copied(path).read()).toBeUndefined()
    expect(lost).toEqual([])
    await writeFile(path, '{')
    await writeFile(`${path}.copy`, '')
    expect(await copied(path).read()).toBeUndefined()
    expect(lost).toEqual([path])
  })
  it('leaves nothing behind when it is removed', async () => {
    const path = join(dir, 'x.json')
    await copied(path).write({ count: 3 })
    await writeFile(path, '{')
    await copied(path).read()
    await writeFile(`${path}.next`, 'half of it')
    expect(await readdir(dir)).toHaveLength(4)
    await removeJsonFile(path)
    expect(await readdir(dir)).toEqual([])
  })
})
