import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import { distDir } from './browser.ts'
import { buildPanel } from './build-panel.ts'

const manifestSchema = v.record(
  v.string(),
  v.object({
    file: v.string(),
    isEntry: v.optional(v.boolean()),
    imports: v.optional(v.array(v.string())),
    css: v.optional(v.array(v.string())),
  }),
)
type Manifest = v.InferOutput<typeof manifestSchema>

const gzipBytes = (file: string) => gzipSync(readFileSync(join(distDir, file))).byteLength

/** What a browser fetches before the first page is there: the entry and all that it imports at once. */
const firstLoad = (manifest: Manifest): readonly string[] => {
  const seen = new Set<string>()
  const visit = (name: string) => {
    if (seen.has(name)) return
    seen.add(name)
    for (const next of manifest[name]?.imports ?? []) visit(next)
  }
  for (const [name, { isEntry }] of Object.entries(manifest)) if (isEntry) visit(name)
  return [...seen].flatMap((name) => manifest[name]?.file ?? [])
}

describe('the built panel', () => {
  let manifest: Manifest = {}
  beforeAll(() => {
    buildPanel()
    manifest = v.parse(manifestSchema, JSON.parse(readFileSync(join(distDir, '.vite/manifest.json'), 'utf8')))
  })

  test('loads login and list with at most 120 kB of script, compressed', () => {
    const bytes = firstLoad(manifest).reduce((sum, file) => sum + gzipBytes(file), 0)
    expect(bytes).toBeLessThanOrEqual(120 * 1_024)
  })

  test('loads at most 12 kB of style with it, compressed', () => {
    const css = Object.values(manifest).flatMap(({ isEntry, css = [] }) => (isEntry ? css : []))
    expect(css.length).toBeGreaterThan(0)
    expect(css.reduce((sum, file) => sum + gzipBytes(file), 0)).toBeLessThanOrEqual(12 * 1_024)
  })

  test('keeps charts and QR codes for the pages that show them', () => {
    const first = firstLoad(manifest)
    const files = Object.values(manifest).map(({ file }) => file)
    for (const name of ['chart', 'qr-code', 'claim-dialog', 'speaker']) {
      const file = files.find((path) => new RegExp(`/${name}-[^/]*\\.js$`).test(path))
      expect(file, name).toBeDefined()
      expect(first).not.toContain(file)
    }
  })

  test('gives each other page at most 40 kB, compressed', () => {
    const first = new Set(firstLoad(manifest))
    const tooLarge = Object.values(manifest)
      .filter(({ file }) => file.endsWith('.js') && !first.has(file))
      .filter(({ file }) => gzipBytes(file) > 40 * 1_024)
    expect(tooLarge).toEqual([])
  })

  test('has no script and no style inside of its page', () => {
    const html = readFileSync(join(distDir, 'index.html'), 'utf8')
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/)
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/)
    expect(existsSync(join(distDir, 'index.html'))).toBe(true)
  })
})
