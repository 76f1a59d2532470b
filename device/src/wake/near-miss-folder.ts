import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { captureSampleRateHz } from '../audio/ports.ts'
import type { NearMiss } from './near-miss.ts'

export const nearMissFolderName = 'near-misses'

export type NearMissFolderDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly storeDir: string
  /** The oldest goes when there are more. */
  readonly mostKept: number
}

/**
 * Recordings of what nearly woke the speaker, for its owner to listen to. Only for who asked for it; they never leave the device, are
 * readable by its user only, and are removed when the owner parts from it.
 */
export const createNearMissFolder = ({ clock, log, storeDir, mostKept }: NearMissFolderDeps) => {
  const folder = join(storeDir, nearMissFolderName)
  let last: Promise<void> = Promise.resolve()

  const write = async ({ word, score }: NearMiss, samples: Int16Array) => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const moment = clock.wallTime().toISOString().replaceAll(/[:.]/g, '-')
    const name = `${moment}_${word.replaceAll(/[^\p{L}\p{N}_-]/gu, '_')}_${score.toFixed(2)}.wav`
    await writeFile(join(folder, name), encodeWav(samples, captureSampleRateHz), { mode: 0o600 })
    // The moment comes first in the name: sorted by name is sorted by age.
    const kept = (await readdir(folder)).sort()
    for (const oldest of kept.slice(0, Math.max(0, kept.length - mostKept))) await rm(join(folder, oldest))
  }
  return {
    keep: (miss: NearMiss, samples: Int16Array): void => {
      last = last
        .then(() => write(miss, samples))
        .catch((error: unknown) => log.error('a near miss was not kept', { error }))
    },
    /** Resolves when what was given is on disk. */
    settled: () => last,
  }
}
