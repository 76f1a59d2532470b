import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { CloudConfig } from '../config.ts'
import type { Parts } from '../supervise/parts.ts'
import type { OwnProgram } from '../supervise/speech-child.ts'

/** What the parts of one cloud process share. */
export type CloudDeps = {
  readonly config: CloudConfig
  readonly clock: Clock
  readonly log: Log
  readonly parts: Parts
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly program: OwnProgram
  /** Sets a variable in the environment that later children inherit. */
  readonly exportToChildren: (name: string, value: string) => void
}
