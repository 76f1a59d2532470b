import { createRequire } from 'node:module'
import type { Writable } from 'node:stream'
import { playbackSampleRateHz } from '../ports.ts'

/** A process that plays its standard input through the package `speaker`; started by `npm-speaker.ts`, gone with its parent. */
type SpeakerClass = new (options: {
  readonly channels: number
  readonly bitDepth: number
  readonly sampleRate: number
  readonly device: string
}) => Writable

const fail = (error: unknown): never => {
  const why = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${why}\n`)
  process.exit(1)
}

const load = (): SpeakerClass => {
  try {
    return createRequire(import.meta.url)('speaker') as SpeakerClass // as its documentation says
  } catch (error) {
    return fail(`the package speaker is not installed or not built: ${error instanceof Error ? error.message : error}`)
  }
}

const Speaker = load()
const device = process.argv[2] ?? 'default'
const output = new Speaker({ channels: 1, bitDepth: 16, sampleRate: playbackSampleRateHz, device })
output.on('error', fail)
output.on('close', () => process.exit(0))
process.on('disconnect', () => process.exit(0))
// The card is opened by the first write: sound that came before would play late for ever after.
output.write(Buffer.alloc(playbackSampleRateHz / 50), () => {
  process.send?.('ready')
  process.stdin.pipe(output)
})
