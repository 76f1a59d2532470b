import type { Log } from '@mynah/shared/log/log.ts'
import * as v from 'valibot'
import { createJsonFile } from '../store/json-file.ts'

const storedSchema = v.object({ v: v.literal(1), learned_pause_ms: v.pipe(v.number(), v.minValue(0)) })
/** Smaller changes are not worth a write to the card. */
const worthKeepingMs = 10

/** What endpointing learned about how long people here pause, kept over restarts. */
export const createPauseMemory = ({ path, log }: { readonly path: string; readonly log: Log }) => {
  const file = createJsonFile({ path, schema: storedSchema, log })
  let keptMs: number | undefined
  return {
    load: async (): Promise<number | undefined> => {
      keptMs = (await file.read())?.learned_pause_ms
      return keptMs
    },
    /** Never rejects: a pause that is forgotten is learned again. */
    keep: (learnedPauseMs: number | undefined): void => {
      if (learnedPauseMs === undefined || Math.abs(learnedPauseMs - (keptMs ?? 0)) < worthKeepingMs) return
      keptMs = learnedPauseMs
      file
        .write({ v: 1, learned_pause_ms: learnedPauseMs })
        .catch((error: unknown) => log.warn('the learned pause cannot be stored', { error }))
    },
    /** Resolves when everything kept is on disk. */
    settled: file.settled,
  }
}
