import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { archive, type BundleFile, checksumsOf, manifestOf } from '../../scripts/bundle/archive.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mynah-archive-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const files: readonly BundleFile[] = [
  { path: 'b.txt', bytes: Buffer.from('hello\n') },
  { path: 'a/run', bytes: Buffer.from('#!/bin/sh\n'), isExecutable: true },
  { path: 'empty', bytes: new Uint8Array() },
  { path: 'block', bytes: new Uint8Array(512).fill(7) },
  { path: `${'folder/'.repeat(20)}${'n'.repeat(90)}`, bytes: Buffer.from('deep') },
]
const unpack = (packed: Uint8Array) => {
  mkdirSync(join(folder, 'out'), { recursive: true })
  writeFileSync(join(folder, 'x.tar.gz'), packed)
  execFileSync('tar', ['-xzf', join(folder, 'x.tar.gz'), '-C', join(folder, 'out')])
  return (path: string) => join(folder, 'out', path)
}

test('tar unpacks what was packed, with what may be run', () => {
  const at = unpack(archive(files))
  for (const { path, bytes } of files) expect(readFileSync(at(path)).equals(bytes)).toBe(true)
  expect(statSync(at('a/run')).mode & 0o777).toBe(0o755)
  expect(statSync(at('b.txt')).mode & 0o111).toBe(0)
})

test('the same files are the same bytes, in whatever order they came', () => {
  expect(Buffer.from(archive([...files].reverse())).equals(archive(files))).toBe(true)
})

test('a path that does not fit is refused', () => {
  expect(() => archive([{ path: 'x'.repeat(101), bytes: new Uint8Array() }])).toThrow('too long')
})

test('sha256sum finds a changed file by the list inside', () => {
  const manifest = manifestOf({ version: '1.2.3', target: 'linux-arm64' }, files)
  const at = unpack(archive([...files, { path: 'SHA256SUMS', bytes: Buffer.from(checksumsOf(manifest)) }]))
  const check = () => execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: at(''), stdio: 'pipe' })
  expect(check).not.toThrow()
  writeFileSync(at('b.txt'), 'hellO\n')
  expect(check).toThrow()
})
