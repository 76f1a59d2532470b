import type { Clock } from '@mynah/shared/time/clock.ts'
import type { OwnProgram } from '../supervise/speech-child.ts'

/** What a command may touch of the process it runs in; main.ts makes it. */
export type CommandContext = {
  /** Arguments after the subcommand. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** How to start this program again as a child. */
  readonly program: OwnProgram
  /** Sets a variable in the environment that later children inherit. */
  readonly exportToChildren: (name: string, value: string) => void
  readonly clock: Clock
  /** Results for people and programs. */
  readonly print: (line: string) => void
  /** Log lines and complaints. */
  readonly printError: (line: string) => void
  /** Aborts at SIGTERM, SIGINT, or the end of the parent. */
  readonly signal: AbortSignal
}

/** Resolves with the exit code. */
export type Command = (context: CommandContext) => Promise<number>

export const exitCode = { ok: 0, failed: 1, usage: 2, portTaken: 3 } as const

/** Splits a command's own options from those of the configuration. `--name x`, `--name=x`, and flags without a value. */
export const takeOptions = (
  args: readonly string[],
  names: { readonly withValue: readonly string[]; readonly alone: readonly string[] },
): {
  readonly values: ReadonlyMap<string, string>
  readonly alone: ReadonlySet<string>
  readonly rest: readonly string[]
} => {
  const values = new Map<string, string>()
  const alone = new Set<string>()
  const rest: string[] = []
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? ''
    const equals = argument.indexOf('=')
    const name = equals < 0 ? argument : argument.slice(0, equals)
    if (names.alone.includes(argument)) alone.add(argument)
    else if (names.withValue.includes(name))
      values.set(name, equals < 0 ? (args[++index] ?? '') : argument.slice(equals + 1))
    else rest.push(argument)
  }
  return { values, alone, rest }
}
