import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endWithReader } from '@mynah/shared/log/output-readers.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { type CatalogueEntry, catalogue, releasesUrl } from './catalogue.ts'
import type { Progress } from './download.ts'
import { type InstallOptions, installModel } from './install.ts'
import { isInstalled } from './installed.ts'
import { ModelError } from './model-error.ts'
import { progressLine } from './progress-bar.ts'

const usage = `npm run models -- list [--models-dir FOLDER] [--json]
npm run models -- pull NAME [--models-dir FOLDER] [--base-url URL] [--sha256 HEX | --accept-unverified]

Models lie in --models-dir, MYNAH_MODELS_DIR, or ~/.local/share/mynah/models; start the cloud with the same folder.`

const readArguments = () =>
  parseArgs({
    allowPositionals: true,
    options: {
      'models-dir': { type: 'string' },
      'base-url': { type: 'string' },
      sha256: { type: 'string' },
      'accept-unverified': { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })

const sizeText = (entry: CatalogueEntry): string => {
  const sizes = entry.downloads.map(({ sizeBytes }) => sizeBytes)
  if (sizes.includes(undefined)) return ''
  return `${Math.round(sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) / 1e6)} MB`
}

const list = (modelsDir: string, json: boolean) => {
  const rows = catalogue.map((entry) => ({
    name: entry.name,
    installed: isInstalled(modelsDir, entry.name),
    languages: entry.languages,
    use: entry.engine.type === 'streaming_zipformer' ? 'recognition' : 'voice',
    size: sizeText(entry),
    verified: entry.downloads.every(({ sha256 }) => sha256 !== undefined),
    licence: entry.licence,
  }))
  if (json) return console.log(JSON.stringify({ models_dir: modelsDir, models: rows }))
  console.log(`Models in ${modelsDir}:`)
  for (const row of rows) {
    const notes = [row.use, row.languages.join('+'), row.size, row.licence, row.verified ? '' : 'digest not known']
    console.log(`${row.installed ? '*' : ' '} ${row.name}\n    ${notes.filter((note) => note !== '').join(', ')}`)
  }
  console.log('* installed')
}

/** A bar on a terminal, a line every ten percent elsewhere. */
const progressPrinter = () => {
  const startedMs = systemClock.now()
  let startBytes: number | undefined
  let lastMs = 0
  let lastTenth = -1
  return (file: string, progress: Progress) => {
    startBytes ??= progress.receivedBytes
    const nowMs = systemClock.now()
    const bytesPerSecond = ((progress.receivedBytes - startBytes) / Math.max(1, nowMs - startedMs)) * 1_000
    const done = progress.receivedBytes === progress.totalBytes
    if (process.stderr.isTTY) {
      if (nowMs - lastMs < 100 && !done) return
      lastMs = nowMs
      process.stderr.write(`\r\x1b[K${progressLine(file, progress, bytesPerSecond)}${done ? '\n' : ''}`)
      return
    }
    const tenth = Math.floor((progress.receivedBytes / (progress.totalBytes ?? Number.POSITIVE_INFINITY)) * 10)
    if (tenth === lastTenth) return
    lastTenth = tenth
    process.stderr.write(`${progressLine(file, progress, bytesPerSecond)}\n`)
  }
}

const pull = async (
  name: string | undefined,
  modelsDir: string,
  values: ReturnType<typeof readArguments>['values'],
) => {
  const entry = catalogue.find((known) => known.name === name)
  if (!entry) {
    const names = catalogue.map((known) => `  ${known.name}`).join('\n')
    throw new ModelError('unknown_model', `there is no model "${name ?? ''}"; known are\n${names}`)
  }
  if (isInstalled(modelsDir, entry.name)) return console.log(`${entry.name} is installed already`)
  const trust: InstallOptions['trust'] = values.sha256
    ? { type: 'digest', sha256: values.sha256 }
    : { type: values['accept-unverified'] ? 'unverified' : 'catalogue' }
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  process.once('SIGTERM', () => stopping.abort())
  const dir = await installModel(
    entry,
    {
      modelsDir,
      baseUrl: (values['base-url'] ?? process.env.MYNAH_MODELS_URL ?? releasesUrl).replace(/\/+$/, ''),
      trust,
      onProgress: progressPrinter(),
      onNote: (note) => console.log(note),
    },
    stopping.signal,
  )
  console.log(`${entry.name} is installed in ${dir}`)
}

const run = async (): Promise<number> => {
  const { values, positionals } = readArguments()
  const [command, name] = positionals
  const modelsDir =
    values['models-dir'] ?? process.env.MYNAH_MODELS_DIR ?? join(homedir(), '.local', 'share', 'mynah', 'models')
  if (command === 'list') list(modelsDir, values.json === true)
  else if (command === 'pull') await pull(name, modelsDir, values)
  else {
    console.error(usage)
    return values.help ? 0 : 2
  }
  return 0
}

endWithReader()
try {
  process.exitCode = await run()
} catch (error) {
  if (!(error instanceof Error)) throw error
  const known = error instanceof ModelError || 'code' in error
  console.error(known ? error.message : error)
  process.exitCode = 1
}
