import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { archive, type BundleFile, checksumsOf, manifestOf, sha256Of } from './archive.ts'
import { bundleJavaScript } from './javascript.ts'
import { fetchPackage, type Processor, packageFiles } from './packages.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const cacheDir = join(root, 'dist/cache')
/** What Debian 13 ships too; Debian 12's is too old for us, so a bundle brings its own. */
const nodeVersion = '20.19.6'

const usage = `Usage: npm run bundle -- --target arm64|x64 [--out FILE] [--without-node] [--with-sherpa]
Makes one file with everything a speaker needs: our programs, their native packages and models for that processor, Node ${nodeVersion},
spoken sentences, overlays and the service. --with-sherpa puts
sherpa-onnx in, for wake words by a keyword model (docs/wake-words.md). Default: dist/mynah-VERSION-linux-TARGET.tar.gz`

const fail = (message: string): never => {
  console.error(message)
  process.exit(1)
}

const fromFolder = (path: string, source: string, isExecutable = false): BundleFile => ({
  path,
  bytes: readFileSync(join(root, source)),
  isExecutable,
})

const firstWords = {
  ready: { en: 'I am ready.', zh: '我准备好了。' },
  'no-network': {
    en: 'I have no network. The name or the password of the wireless network may be wrong. Put my card into your computer, and give new answers.',
    zh: '我连不上网络。无线网络的名称或密码可能不对。请把我的存储卡插到电脑里，重新设置。',
  },
  'no-cloud': {
    en: 'I have a network, but my cloud does not answer. Is it running, and is its address right?',
    zh: '网络已经连上，但是我的服务器没有回答。请检查它是否在运行，地址是否正确。',
  },
} as const

/** What a new speaker says, which has nothing from its cloud yet. The voices are those of Debian. */
const spoken = (workDir: string): BundleFile[] =>
  Object.entries(firstWords).flatMap(([name, texts]) =>
    Object.entries(texts).map(([language, text]) => spokenFile(workDir, { name, language, text })),
  )

const spokenFile = (
  workDir: string,
  of: { readonly name: string; readonly language: string; readonly text: string },
) => {
  const { name, language, text } = of
  const wav = join(workDir, `${name}-${language}.wav`)
  try {
    if (language === 'en') execFileSync('flite', ['-voice', 'slt', '-t', text, '-o', wav])
    else execFileSync('espeak-ng', ['-v', 'cmn-latn-pinyin', '-s', '150', '-w', wav, '--', text])
  } catch (error) {
    throw new Error('flite and espeak-ng are needed for the spoken sentences: apt install flite espeak-ng', {
      cause: error,
    })
  }
  return { path: `phrases/${language}/${name}.wav`, bytes: readFileSync(wav) }
}

const overlay = (workDir: string): BundleFile => {
  const compiled = join(workDir, 'overlay.dtbo')
  try {
    execFileSync('dtc', [
      '-@',
      '-I',
      'dts',
      '-O',
      'dtb',
      '-o',
      compiled,
      join(root, 'hardware/overlays/mynah-2mic-v2.dts'),
    ])
  } catch (error) {
    throw new Error('The device-tree compiler is needed: apt install device-tree-compiler', { cause: error })
  }
  return { path: 'overlays/mynah-2mic-v2.dtbo', bytes: readFileSync(compiled) }
}

const nodeFiles = (processor: Processor): BundleFile[] => {
  const folder = fetchPackage(`node-linux-${processor}`, nodeVersion, cacheDir)
  return [
    { path: 'node/bin/node', bytes: readFileSync(join(folder, 'bin/node')), isExecutable: true },
    { path: 'node/LICENSE', bytes: readFileSync(join(folder, 'LICENSE')) },
  ]
}

const readArguments = () => {
  const options = {
    target: { type: 'string' },
    out: { type: 'string' },
    'without-node': { type: 'boolean' },
    'with-sherpa': { type: 'boolean' },
    help: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  }
}

const main = async () => {
  const { target, out, help, 'without-node': withoutNode = false, 'with-sherpa': withSherpa = false } = readArguments()
  if (help) return console.log(usage)
  if (target !== 'arm64' && target !== 'x64') return fail(usage)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string } // ours
  const workDir = mkdtempSync(join(tmpdir(), 'mynah-bundle-'))
  try {
    const files: BundleFile[] = [
      ...(await bundleJavaScript(root)),
      ...packageFiles(root, target, { cacheDir, withSherpa }),
      ...(withoutNode ? [] : nodeFiles(target)),
      ...spoken(workDir),
      overlay(workDir),
      fromFolder('systemd/mynah-device.service', 'hardware/systemd/mynah-device.service'),
      fromFolder('bin/choose-sound-card', 'hardware/sound/choose-sound-card', true),
      fromFolder('bin/echo-canceller', 'hardware/sound/echo-canceller', true),
      fromFolder('systemd/mynah-echo-canceller.service', 'hardware/systemd/mynah-echo-canceller.service'),
      fromFolder('bin/set-levels', 'hardware/sound/set-levels', true),
      fromFolder('bin/launch', 'hardware/first-boot/launch', true),
      fromFolder('bin/mynah-device', 'hardware/first-boot/mynah-device', true),
      fromFolder('bin/join-once', 'hardware/first-boot/join-once', true),
      fromFolder('README.md', 'hardware/README.md'),
      fromFolder('LICENSE', 'LICENSE'),
    ].sort((a, b) => (a.path < b.path ? -1 : 1))
    const about = { version, target: `linux-${target}`, ...(withoutNode ? {} : { node: nodeVersion }) }
    const manifest = manifestOf(about, files)
    const packed = archive([
      ...files,
      { path: 'manifest.json', bytes: Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`) },
      { path: 'SHA256SUMS', bytes: Buffer.from(checksumsOf(manifest)) },
    ])
    const path = resolve(out ?? join(root, `dist/mynah-${version}-linux-${target}.tar.gz`))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.part`, packed)
    renameSync(`${path}.part`, path)
    const unpacked = files.reduce((total, { bytes }) => total + bytes.length, 0)
    console.log(
      `${path}\n${files.length} files, ${(unpacked / 1e6).toFixed(1)} MB, packed ${(packed.length / 1e6).toFixed(1)} MB, sha256 ${sha256Of(packed)}`,
    )
  } finally {
    rmSync(workDir, { recursive: true, force: true })
  }
}

main().catch((error: unknown) => {
  const cause = error instanceof Error && error.cause instanceof Error ? `\n${error.cause.message}` : ''
  fail(`${error instanceof Error ? error.message : String(error)}${cause}`)
})
