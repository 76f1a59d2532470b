import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { playbackSampleRateHz } from '../audio/ports.ts'
import type { PhraseName } from '../runtime/speaker-event.ts'
import { fetchBytes } from './fetch-bytes.ts'

export const phraseNames: readonly PhraseName[] = ['no_network', 'failed', 'not_understood_cloud', 'no_microphone']

export type PhrasesDeps<N extends string = PhraseName> = {
  readonly names: readonly N[]
  readonly dir: string
  readonly cloudUrl: string
  /** `device_id:mqtt_password`; a speaker without an owner has none. */
  readonly bearer?: string
  readonly fetch: typeof fetch
  readonly log: Log
}

/** Sentences the speaker can say when the cloud is gone: kept on disk per language, spoken from memory. */
export type Phrases<N extends string = PhraseName> = {
  /** Mono, 24 kHz; undefined when this speaker never got it (an earcon then serves). */
  readonly get: (language: Language, name: N) => Int16Array | undefined
  /** Reads what is on disk. Never rejects. */
  readonly load: (language: Language) => Promise<void>
  /** Fetches what is missing; call it when the cloud can be reached. Never rejects. */
  readonly fetchMissing: (language: Language, signal: AbortSignal) => Promise<void>
}

const maxPhraseBytes = 2 * 1024 * 1024

export const createPhrases = <N extends string>(deps: PhrasesDeps<N>): Phrases<N> => {
  const known = new Map<string, Int16Array>()
  const keyOf = (language: Language, name: N) => `${language}/${name}`
  const pathOf = (language: Language, name: N) => join(deps.dir, language, `${name}.wav`)

  const remember = (key: string, wav: Uint8Array): boolean => {
    const sound = decodeWav(wav)
    if (!sound.ok) {
      deps.log.warn('a spoken sentence is not a sound', { phrase: key, why: sound.error.message })
      return false
    }
    const { samples, sampleRateHz } = sound.value
    known.set(key, resample(samples, { fromHz: sampleRateHz, toHz: playbackSampleRateHz }))
    return true
  }
  const loadOne = async (language: Language, name: N) => {
    try {
      remember(keyOf(language, name), await readFile(pathOf(language, name)))
    } catch (error) {
      // Not there yet is the normal case of a new speaker.
      deps.log.debug('a spoken sentence is not on disk', { phrase: keyOf(language, name), error })
    }
  }
  const fetchOne = async (language: Language, name: N, signal: AbortSignal) => {
    const key = keyOf(language, name)
    if (known.has(key)) return
    const url = new URL(`/device/phrases/${key}.wav`, deps.cloudUrl)
    const { fetch, bearer } = deps
    const request = { fetch, url, maxBytes: maxPhraseBytes, ...(bearer !== undefined && { bearer }) }
    const wav = await fetchBytes(request, signal)
    if (!wav.ok) return deps.log.debug('a spoken sentence cannot be fetched', { phrase: key, why: wav.error.message })
    if (!remember(key, wav.value)) return
    try {
      await store(pathOf(language, name), wav.value)
    } catch (error) {
      deps.log.warn('a spoken sentence cannot be stored', { phrase: key, error })
    }
  }
  return {
    get: (language, name) => known.get(keyOf(language, name)),
    load: async (language) => {
      for (const name of deps.names) await loadOne(language, name)
    },
    fetchMissing: async (language, signal) => {
      for (const name of deps.names) if (!signal.aborted) await fetchOne(language, name, signal)
    },
  }
}

const store = async (path: string, bytes: Uint8Array) => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.next`, bytes)
  await rename(`${path}.next`, path)
}
