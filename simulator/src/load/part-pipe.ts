import type { ToPart } from './load-messages.ts'
import type { PartPipe } from './load-part.ts'

/** This process's end of the channel to its parent; the process ends when the parent does. */
export const partPipe = <Plan, Report>(): PartPipe<Plan, Report> => {
  process.on('disconnect', () => process.exit(0))
  // Ctrl-C reaches the whole group; the parent stops its parts in good order.
  process.on('SIGINT', () => {})
  return {
    // The parent is our own code: its messages have this type by construction.
    onMessage: (listener) => void process.on('message', (message) => listener(message as ToPart<Plan>)),
    post: (message) => void process.send?.(message),
    exit: (code) => process.exit(code),
  }
}
