import { forkBeside, type SpeakerChild } from '../service/child-process.ts'
import type { FromUnderstanding, ToUnderstanding } from './understanding-messages.ts'

/** The process that understands, as the speaker sees it. */
export type UnderstandingProcess = SpeakerChild<ToUnderstanding, FromUnderstanding>
export type StartUnderstanding = () => UnderstandingProcess

/** Forks it with the Node options of this process, or with others. */
export const forkUnderstanding = (execArgv?: readonly string[]): UnderstandingProcess =>
  forkBeside({ beside: import.meta.url, name: 'main-understanding', stderr: 'inherit', execArgv })
