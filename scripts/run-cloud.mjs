// Runs the cloud: `node scripts/run-cloud.mjs [command] [settings]`. Its TypeScript is bundled when it has changed, in a fifth of a
// second; each of its processes then loads a few files instead of some 250 through a loader, which takes a second and a half every time.
// Plain JavaScript, so that it needs no loader itself.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** A bundle lies as deep under `cloud` as the modules that look for files of ours (`src/NOUN/module.ts`). */
const bundles = join(root, 'cloud/dist')
/** One for each state of the source: a cloud that runs starts its children again from the bundle that it came from. */
const keptBundles = 10
const entryPoints = [
  'cloud/src/main.ts',
  'cloud/src/bridge/plane/main-worker.ts',
  'cloud/src/bridge/plane/main-pacing.ts',
  'cloud/src/live/main-live.ts',
  'cloud/src/store/main-copy.ts',
]
/** What a bundle depends on beside its sources: how it is made, and with which packages. */
const conditions = ['scripts/run-cloud.mjs', 'package-lock.json', 'cloud/package.json']

const stateOf = (path) => {
  const stat = statSync(join(root, path), { throwIfNoEntry: false })
  return stat ? `${stat.mtimeMs} ${stat.size}` : 'gone'
}

/** What a bundle is called until it is whole. */
const unfinishedName = 'unfinished-'

/** Most recently used first, unfinished ones among them. One that another cloud renames or removes meanwhile is not there. */
const existing = () =>
  existsSync(bundles)
    ? readdirSync(bundles)
        .map((name) => join(bundles, name))
        .map((folder) => ({ folder, usedMs: statSync(folder, { throwIfNoEntry: false })?.mtimeMs }))
        .filter(({ usedMs }) => usedMs !== undefined)
        .sort((a, b) => b.usedMs - a.usedMs)
        .map(({ folder }) => folder)
    : []

const isUpToDate = (folder) => {
  // Another cloud is still writing it, and is about to rename it.
  if (basename(folder).startsWith(unfinishedName)) return false
  const inputs = join(folder, 'inputs.json')
  if (!existsSync(inputs)) return false
  return Object.entries(JSON.parse(readFileSync(inputs, 'utf8'))).every(([path, state]) => stateOf(path) === state)
}

/** Packages stay packages: some are native, others look for files beside them. */
const packages = () => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'cloud/package.json'), 'utf8'))
  return Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !name.startsWith('@mynah/'))
}

const make = async () => {
  const { build, stop } = await import('esbuild')
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    entryNames: '[name]',
    outdir: join(bundles, 'bundle'),
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: packages(),
    sourcemap: 'linked',
    logLevel: 'error',
  })
  await stop()
  const inputs = [...conditions, ...Object.keys(metafile.inputs)].map((path) => [path, stateOf(path)])
  return { outputFiles, inputs: JSON.stringify(Object.fromEntries(inputs)) }
}

/** Gets its name when it is whole: other clouds may start at the same time. */
const write = ({ outputFiles, inputs }) => {
  const folder = join(bundles, createHash('sha256').update(inputs).digest('hex').slice(0, 16))
  mkdirSync(bundles, { recursive: true })
  const unfinished = mkdtempSync(join(bundles, unfinishedName))
  for (const { path, contents } of outputFiles) writeFileSync(join(unfinished, basename(path)), contents)
  writeFileSync(join(unfinished, 'inputs.json'), inputs)
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  for (const old of existing().slice(keptBundles)) rmSync(old, { recursive: true, force: true })
  return folder
}

const folder = existing().find(isUpToDate) ?? write(await make())
utimesSync(folder, new Date(), new Date())
process.setSourceMapsEnabled(true)
// Its children get the options of this process.
process.execArgv.push('--enable-source-maps')
process.argv[1] = join(folder, 'main.js')
await import(pathToFileURL(process.argv[1]).href)
