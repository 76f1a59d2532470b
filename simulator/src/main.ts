import { createInterface } from 'node:readline'
import { createJsonLog, silentLog } from '@mynah/shared/log/log.ts'
import { endWithReader } from '@mynah/shared/log/output-readers.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createChildGuard } from './child-guard.ts'
import type { CommandDeps, ExitCode } from './commands/context.ts'
import { interactive } from './commands/interactive.ts'
import { latency } from './commands/latency.ts'
import { mic } from './commands/mic.ts'
import { play, say, text } from './commands/say.ts'
import { scenario } from './commands/scenario.ts'
import { start } from './commands/start.ts'
import { ExpectationError } from './event-watch.ts'
import { helpText } from './help.ts'
import { type Command, parseCommand } from './options.ts'

const runCommand = (command: Command, deps: CommandDeps, signal: AbortSignal): Promise<ExitCode> => {
  switch (command.type) {
    case 'help':
      deps.print(helpText(command.topic))
      return Promise.resolve(0)
    case 'say':
      return say(deps, command, signal)
    case 'play':
      return play(deps, command, signal)
    case 'text':
      return text(deps, command, signal)
    case 'mic':
      return mic(deps, command, signal)
    case 'interactive':
      return interactive(deps, command, signal)
    case 'scenario':
      return scenario(deps, command, signal)
    case 'latency':
      return latency(deps, command, signal)
    case 'start':
      return start(deps, command, signal)
  }
}

const isVerbose = (command: Command): boolean => 'options' in command && command.options.verbose

const depsOf = (command: Command): CommandDeps => {
  const guard = createChildGuard()
  process.on('exit', () => guard.killAll())
  const note = (line: string) => process.stderr.write(`${line}\n`)
  return {
    clock: systemClock,
    log: isVerbose(command)
      ? createJsonLog({ clock: systemClock, writeLine: note, minLevel: 'debug', keepPii: true })
      : silentLog,
    guard,
    environment: process.env,
    random: Math.random,
    fetch,
    print: (line) => process.stdout.write(`${line}\n`),
    note,
    typedLines: () => createInterface({ input: process.stdin }),
  }
}

/** The first signal asks for a clean stop; a second one ends the process at once, and the guard ends its children. */
const stopSignal = (): AbortSignal => {
  const stopping = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(130)
      stopping.abort()
    })
  return stopping.signal
}

const main = async (): Promise<number> => {
  const parsed = parseCommand(process.argv.slice(2))
  if (!parsed.ok) {
    process.stderr.write(`${parsed.error.message}\nHelp: npm run simulator -- --help\n`)
    return 2
  }
  const signal = stopSignal()
  try {
    return await runCommand(parsed.value, depsOf(parsed.value), signal)
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error
    process.stderr.write(`${error.message}\n`)
    return signal.aborted ? 130 : 1
  }
}

endWithReader()
// Engines and sockets of a finished command may keep the event loop alive; the command is over when it says so.
process.exit(await main())
