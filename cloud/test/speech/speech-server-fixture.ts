import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import type { Recogniser } from '../../src/speech/engines/recogniser.ts'
import type { Synthesiser } from '../../src/speech/engines/synthesiser.ts'
import { type SpeechAddress, startSpeechServer } from '../../src/speech/server.ts'
import { createScriptedRecogniser, createScriptedSynthesiser } from './scripted-engines.ts'

const dataRoot = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))

export const hasRecordings = existsSync(dataRoot)
export const dataPath = (name: string): string => `${dataRoot}${name}`

/** A recording as 16 kHz mono samples. */
export const recording = async (name: string): Promise<Int16Array> => {
  const wav = decodeWav(await readFile(dataPath(name)))
  if (!wav.ok) throw new Error(wav.error.message)
  const { samples, sampleRateHz } = wav.value
  return sampleRateHz === 16_000 ? samples : resample(samples, { fromHz: sampleRateHz, toHz: 16_000 })
}

export const startTestServer = async (
  engines: { readonly recognisers?: readonly Recogniser[]; readonly synthesiser?: Synthesiser } = {},
  address: Partial<SpeechAddress> = {},
) => {
  const server = await startSpeechServer({
    clock: systemClock,
    log: silentLog,
    recognisers: engines.recognisers ?? [createScriptedRecogniser()],
    synthesiser: engines.synthesiser ?? createScriptedSynthesiser(),
    address: { host: '127.0.0.1', port: 0, ...address },
  })
  return { address: `127.0.0.1:${server.port}`, close: () => server.close(50) }
}

/** The samples in pieces of 20 ms, as a speaker sends them. */
export async function* inFrames(samples: Int16Array): AsyncGenerator<Int16Array> {
  for (let at = 0; at < samples.length; at += 320) yield samples.subarray(at, at + 320)
}

export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export const never = (): AbortSignal => new AbortController().signal
