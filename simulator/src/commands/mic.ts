import type { CommonOptions } from '../options.ts'
import type { CommandDeps, ExitCode } from './context.ts'
export const mic = (
  _deps: CommandDeps,
  _command: { readonly options: CommonOptions },
  _signal: AbortSignal,
): Promise<ExitCode> => Promise.resolve(1)
