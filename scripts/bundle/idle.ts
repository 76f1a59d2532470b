import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleJavaScript } from './javascript.ts'

/**
 * What idle listening costs as a speaker runs it: `device/bench/idle.ts`, bundled as `npm run bundle` does it, in a Node of its own.
 * `npx tsx scripts/bundle/idle.ts [seconds]`. Goal (issue 4): at most 6 % of one core, 130 MB.
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
// Inside of the checkout, where the packages are found that are not bundled.
const folder = join(root, 'dist/idle')

const files = await bundleJavaScript(root, [{ in: 'device/bench/idle.ts', out: 'idle' }])
mkdirSync(folder, { recursive: true })
for (const { path, bytes } of files) writeFileSync(join(folder, path), bytes)
execFileSync(process.execPath, [join(folder, 'idle.js'), process.argv[2] ?? '30'], { stdio: 'inherit' })
