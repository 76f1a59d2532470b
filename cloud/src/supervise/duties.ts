import type { Role } from '../config.ts'

/**
 * What one process of the cloud writes of itself. Gateway and bridge hear the same speakers and share one database: each fact has
 * one of them that writes it, the other only reads along. ARCHITECTURE.md has the table.
 */
export type Duties = {
  /** What speakers report and what goes wrong at them, what they are told to be, releases, and sweeps of what is old. */
  readonly keepsHomes: boolean
  /** Turns with their sound, what they tell of engines, and where speakers send their sound. */
  readonly holdsTurns: boolean
}

export const dutiesOf = (role: Role): Duties => ({
  keepsHomes: role === 'all' || role === 'gateway',
  holdsTurns: role === 'all' || role === 'bridge',
})
