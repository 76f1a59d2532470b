import { forkBeside, type SpeakerChild } from '../../service/child-process.ts'
import type { FromSpotter, ToSpotter } from './spotter-messages.ts'

/** The process that spots keywords, as the speaker sees it: a model that the engine does not like ends it, and only it. */
export type SpotterProcess = SpeakerChild<ToSpotter, FromSpotter>

/** Forks it with the Node options of this process, or with others. The engine's complaints are not kept: the exit code tells why it ended. */
export const forkSpotter = (execArgv?: readonly string[]): SpotterProcess =>
  forkBeside({ beside: import.meta.url, name: 'main-spotter', stderr: 'ignore', execArgv })
