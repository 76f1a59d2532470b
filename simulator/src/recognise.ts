import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resample } from '@mynah/shared/audio/resample.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'

const recogniserRateHz = 16_000
const recognitionLimitMs = 60_000

export type RecognitionError = { readonly code: 'program_missing' | 'failed'; readonly message: string }

const program = 'pocketsphinx_continuous'

const transcribe = (wavPath: string, signal: AbortSignal): Promise<Result<string, RecognitionError>> =>
  new Promise((resolve) => {
    execFile(
      program,
      ['-infile', wavPath, '-logfn', '/dev/null'],
      { signal, timeout: recognitionLimitMs },
      (error, stdout) => {
        if (!error) return resolve(ok(stdout.trim().split(/\s+/).join(' ')))
        if (error.code === 'ENOENT')
          return resolve(
            refuse({
              code: 'program_missing',
              message: `${program} is not installed: sudo apt-get install pocketsphinx pocketsphinx-en-us`,
            }),
          )
        resolve(refuse({ code: 'failed', message: `${program} failed: ${error.message}` }))
      },
    )
  })

/**
 * What an independent ear hears in English sound: Debian's pocketsphinx program with its open dictation model. It shares neither
 * process, grammar nor settings with the cloud's recogniser.
 */
export const recogniseIndependently = async (
  sound: { readonly samples: Int16Array; readonly sampleRateHz: number },
  signal: AbortSignal,
): Promise<Result<string, RecognitionError>> => {
  const directory = await mkdtemp(join(tmpdir(), 'mynah-ear-'))
  try {
    const wavPath = join(directory, 'reply.wav')
    const samples = resample(sound.samples, { fromHz: sound.sampleRateHz, toHz: recogniserRateHz })
    // The recogniser needs a moment of silence on both sides to find the words between them.
    const padded = new Int16Array(samples.length + recogniserRateHz)
    padded.set(samples, recogniserRateHz / 2)
    await writeFile(wavPath, encodeWav(padded, recogniserRateHz))
    return await transcribe(wavPath, signal)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const units = [
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
  'twenty thirty forty fifty sixty seventy eighty ninety',
].map((line) => line.split(' '))

const wordsOfNumber = (number: number): readonly string[] => {
  const [small = [], tens = []] = units
  if (number < 20) return [small[number] ?? '']
  if (number < 100) return [tens[Math.floor(number / 10) - 2] ?? '', ...(number % 10 ? wordsOfNumber(number % 10) : [])]
  if (number < 1_000)
    return [...wordsOfNumber(Math.floor(number / 100)), 'hundred', ...(number % 100 ? wordsOfNumber(number % 100) : [])]
  return String(number)
    .split('')
    .flatMap((digit) => wordsOfNumber(Number(digit)))
}

/** A sentence as the words one hears: lower case, numbers spelled out, `9:05` as `nine o five`. */
export const spokenWords = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .replace(/(\d+):00\b/g, "$1 o'clock")
    .replace(/(\d+):0(\d)/g, '$1 o $2')
    .replace(/([ap])\.?\s?m\b\.?/g, '$1m')
    .split(/[^a-z0-9']+/)
    .filter(Boolean)
    .flatMap((word) => (/^\d{1,9}$/.test(word) ? wordsOfNumber(Number(word)) : [word]))

/** Share of the expected words that were heard in the same order (longest common subsequence), 0 to 1. */
export const agreement = (expectedText: string, heardText: string): number => {
  const expected = spokenWords(expectedText)
  const heard = spokenWords(heardText)
  if (expected.length === 0) return heard.length === 0 ? 1 : 0
  let row = new Array<number>(heard.length + 1).fill(0)
  for (const word of expected) {
    const next = [0]
    for (const [at, other] of heard.entries())
      next.push(word === other ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0))
    row = next
  }
  return (row.at(-1) ?? 0) / expected.length
}
