import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WakePreset } from '../wake-word.ts'
import type { FromSpotter, ToSpotter } from './spotter-messages.ts'

/** The process that spots keywords; forked by `spotter-process.ts`, gone with its parent. */

type Stream = { readonly acceptWaveform: (waveform: { samples: Float32Array; sampleRate: number }) => void }
/** The part of `sherpa-onnx-node` that is used here; the package has no declarations. */
type Spotter = {
  readonly createStream: () => Stream
  readonly isReady: (stream: Stream) => boolean
  readonly decode: (stream: Stream) => void
  readonly reset: (stream: Stream) => void
  readonly getResult: (stream: Stream) => { readonly keyword: string }
}
type Package = { readonly KeywordSpotter: new (config: unknown) => Spotter }

const sampleRate = 16_000
/** 0.25 is what the engine takes by itself. */
const thresholdOf: Record<WakePreset, number> = { strict: 0.35, normal: 0.25, sensitive: 0.15 }

const send = (message: FromSpotter) => void process.send?.(message, () => {})

let spotter: Spotter | undefined
let stream: Stream | undefined

const open = async ({ model, lines, preset }: Extract<ToSpotter, { type: 'open' }>) => {
  const name = 'sherpa-onnx-node'
  // A CommonJS module: what it exports is the default export here. Its shape is checked on the next line.
  const loaded = (await import(name)) as Partial<Package> & { readonly default?: Partial<Package> }
  const KeywordSpotter = loaded.KeywordSpotter ?? loaded.default?.KeywordSpotter
  if (!KeywordSpotter) throw new Error(`the package ${name} has no keyword spotter`)
  const { encoder, decoder, joiner, tokens } = model
  // The engine takes its words from a file alone.
  const folder = mkdtempSync(join(tmpdir(), 'mynah-words-'))
  const keywordsFile = join(folder, 'keywords.txt')
  writeFileSync(keywordsFile, `${lines.join('\n')}\n`)
  spotter = new KeywordSpotter({
    featConfig: { sampleRate, featureDim: 80 },
    modelConfig: { transducer: { encoder, decoder, joiner }, tokens, numThreads: 1, provider: 'cpu', debug: 0 },
    keywordsFile,
    keywordsThreshold: thresholdOf[preset],
    maxActivePaths: 4,
    numTrailingBlanks: 1,
    keywordsScore: 1,
  })
  rmSync(folder, { recursive: true })
  stream = spotter.createStream()
  send({ type: 'ready' })
}

const hear = ({ samples, endSample }: Extract<ToSpotter, { type: 'frame' }>) => {
  if (!spotter || !stream) return
  stream.acceptWaveform({ samples: Float32Array.from(samples, (sample) => sample / 32_768), sampleRate })
  while (spotter.isReady(stream)) {
    spotter.decode(stream)
    const { keyword } = spotter.getResult(stream)
    if (keyword === '') continue
    send({ type: 'heard', word: keyword, atSample: endSample })
    // Required by the engine after each word, or the same one is found for ever.
    spotter.reset(stream)
  }
}

const take = (message: ToSpotter): void => {
  switch (message.type) {
    case 'open':
      open(message).catch((error: unknown) =>
        send({ type: 'missing', reason: error instanceof Error ? error.message : String(error) }),
      )
      return
    case 'frame':
      hear(message)
      return
    case 'reset':
      if (spotter && stream) stream = spotter.createStream()
  }
}

// The parent is our own code of the same release: its messages have this type by construction.
process.on('message', (message) => take(message as ToSpotter))
process.on('disconnect', () => process.exit(0))
