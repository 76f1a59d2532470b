import { createJsonLog } from '@mynah/shared/log/log.ts'
import { type CloudConfig, describeProblems, readConfig } from '../config.ts'
import { openStore, type Store } from '../store/open-store.ts'
import { type CommandContext, exitCode } from './command.ts'

/** Reads the configuration from `flags`; prints every wrong setting and gives undefined when there is one. */
export const configOrComplain = (context: CommandContext, flags: readonly string[]): CloudConfig | undefined => {
  const config = readConfig({ flags, env: context.env })
  if (config.ok) return config.value
  context.printError(describeProblems(config.error))
  return undefined
}

/** Runs a short command on the store of the configured data directory, also while the cloud runs on it. */
export const withStore = async (
  context: CommandContext,
  flags: readonly string[],
  work: (store: Store, config: CloudConfig) => number,
): Promise<number> => {
  const config = configOrComplain(context, flags)
  if (!config) return exitCode.usage
  const log = createJsonLog({ clock: context.clock, writeLine: context.printError, minLevel: 'warn' })
  const store = openStore({ dataDir: config.data_dir, clock: context.clock, log })
  try {
    return work(store, config)
  } finally {
    store.close()
  }
}
