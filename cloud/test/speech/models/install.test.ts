import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CatalogueEntry } from '../../../src/speech/models/catalogue.ts'
import { type InstallOptions, installModel } from '../../../src/speech/models/install.ts'
import { flawOf, isInstalled } from '../../../src/speech/models/installed.ts'
import { ModelError } from '../../../src/speech/models/model-error.ts'
import { type ReleaseServer, startReleaseServer } from './release-server.ts'

const name = 'tiny-model'
const archivePath = `asr-models/${name}.tar.bz2`
let folder: string
let modelsDir: string
let archive: Buffer
let server: ReleaseServer

const packArchive = (files: Readonly<Record<string, Buffer>>): Buffer => {
  const source = mkdtempSync(join(folder, 'pack-'))
  mkdirSync(join(source, name))
  for (const [file, content] of Object.entries(files)) writeFileSync(join(source, name, file), content)
  execFileSync('tar', ['-cjf', join(source, 'out.tar.bz2'), '-C', source, name])
  return readFileSync(join(source, 'out.tar.bz2'))
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mynah-models-'))
  modelsDir = join(folder, 'models')
  archive = packArchive({
    'encoder.onnx': randomBytes(300_000),
    'decoder.onnx': randomBytes(1_000),
    'joiner.onnx': randomBytes(1_000),
    'tokens.txt': Buffer.from('a 0\n'),
  })
  server = await startReleaseServer(new Map([[`/${archivePath}`, archive]]))
})

afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const entryWith = (sha256: string | undefined, path = archivePath): CatalogueEntry => ({
  name,
  languages: ['en'],
  licence: 'none',
  engine: {
    type: 'streaming_zipformer',
    encoder: 'encoder.onnx',
    decoder: 'decoder.onnx',
    joiner: 'joiner.onnx',
    tokens: 'tokens.txt',
  },
  downloads: [{ path, ...(sha256 === undefined ? {} : { sha256 }) }],
})

const pull = (entry: CatalogueEntry, options: Partial<InstallOptions> = {}) =>
  installModel(
    entry,
    {
      modelsDir,
      baseUrl: server.url,
      trust: { type: 'catalogue' },
      onProgress: () => {},
      onNote: () => {},
      ...options,
    },
    new AbortController().signal,
  )

const failureOf = async (work: Promise<unknown>): Promise<ModelError> => {
  try {
    await work
  } catch (error) {
    if (error instanceof ModelError) return error
    throw error
  }
  throw new Error('it was expected to fail')
}

test('a pulled model is verified, unpacked and leaves nothing else behind', async () => {
  const received: number[] = []
  const dir = await pull(entryWith(digestOf(archive)), {
    onProgress: (_file, progress) => received.push(progress.receivedBytes),
  })
  expect(received.at(-1)).toBe(archive.length)
  expect(isInstalled(modelsDir, name)).toBe(true)
  expect(readdirSync(modelsDir).sort()).toEqual(['.downloads', name])
  expect(readdirSync(join(modelsDir, '.downloads'))).toEqual([])
  expect(await flawOf({ entry: entryWith(undefined), dir })).toBeUndefined()
})

test('a cut connection is told, and the next pull goes on where it stopped', async () => {
  server.cutNextAfter(100_000)
  const failure = await failureOf(pull(entryWith(digestOf(archive))))
  expect(failure.code).toBe('interrupted')
  expect(failure.message).toContain('pull again')
  expect(isInstalled(modelsDir, name)).toBe(false)
  await pull(entryWith(digestOf(archive)))
  expect(server.ranges).toHaveLength(2)
  const [, from] = /^bytes=(\d+)-$/.exec(server.ranges[1] ?? '') ?? []
  expect(Number(from)).toBeGreaterThan(0)
  expect(isInstalled(modelsDir, name)).toBe(true)
})

test('a file with another digest is refused, removed and not unpacked', async () => {
  const failure = await failureOf(pull(entryWith('0'.repeat(64))))
  expect(failure.code).toBe('wrong_digest')
  expect(failure.message).toContain(digestOf(archive))
  expect(readdirSync(join(modelsDir, '.downloads'))).toEqual([])
  expect(existsSync(join(modelsDir, name))).toBe(false)
})

test('without a known digest the owner has to decide', async () => {
  expect((await failureOf(pull(entryWith(undefined)))).code).toBe('unverified')
  expect(server.ranges).toHaveLength(0)
  const notes: string[] = []
  await pull(entryWith(undefined), { trust: { type: 'unverified' }, onNote: (note) => notes.push(note) })
  expect(notes.join()).toContain(digestOf(archive))
})

test('a digest given by the owner is held to', async () => {
  const wrong = { type: 'digest', sha256: '1'.repeat(64) } as const
  expect((await failureOf(pull(entryWith(undefined), { trust: wrong }))).code).toBe('wrong_digest')
  await pull(entryWith(undefined), { trust: { type: 'digest', sha256: digestOf(archive).toUpperCase() } })
  expect(isInstalled(modelsDir, name)).toBe(true)
})

test('what the server does not have, or refuses, is told apart', async () => {
  expect((await failureOf(pull(entryWith('0', 'asr-models/gone.tar.bz2')))).code).toBe('not_found')
  server.answerNextWith(503)
  expect((await failureOf(pull(entryWith('0')))).code).toBe('server_refused')
})

test('an unreachable server is called offline', async () => {
  const { url } = server
  await server.close()
  const failure = await failureOf(pull(entryWith('0'), { baseUrl: url }))
  expect(failure.code).toBe('offline')
})

test('an archive without the files of the model is refused', async () => {
  const wrong = packArchive({ 'README.md': Buffer.from('nothing') })
  const other = await startReleaseServer(new Map([[`/${archivePath}`, wrong]]))
  try {
    const failure = await failureOf(pull(entryWith(digestOf(wrong)), { baseUrl: other.url }))
    expect(failure.code).toBe('bad_archive')
    expect(failure.message).toContain('encoder.onnx')
  } finally {
    await other.close()
  }
})

test('what is no archive is refused in one sentence', async () => {
  const junk = randomBytes(2_000)
  const other = await startReleaseServer(new Map([[`/${archivePath}`, junk]]))
  try {
    expect((await failureOf(pull(entryWith(digestOf(junk)), { baseUrl: other.url }))).code).toBe('bad_archive')
  } finally {
    await other.close()
  }
})

test('a model that changed on the disk is noticed before it is loaded', async () => {
  const dir = await pull(entryWith(digestOf(archive)))
  writeFileSync(join(dir, 'encoder.onnx'), 'changed')
  expect(await flawOf({ entry: entryWith(undefined), dir })).toContain('encoder.onnx has changed')
  rmSync(join(dir, 'joiner.onnx'))
  rmSync(join(dir, 'encoder.onnx'))
  expect(await flawOf({ entry: entryWith(undefined), dir })).toContain('missing')
})
