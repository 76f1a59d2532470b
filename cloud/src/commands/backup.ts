import { masterKeyPath } from '../store/open-store.ts'
import { type Command, exitCode } from './command.ts'
import { withStore } from './with-store.ts'

/** `backup`: copies the database, also while the cloud runs; prints the path of the copy. */
export const backUp: Command = async (context) =>
  withStore(context, context.args, (store, config) => {
    context.print(store.backUp('manual'))
    context.printError(`Keep ${masterKeyPath(config.data_dir)} in another place: without it the copy cannot be read.`)
    return exitCode.ok
  })
