import { assertNever } from '@mynah/shared/assert-never.ts'
import type { FromPacing, ToPacing } from './pacing-messages.ts'
import type { ReplyPacing, RoutedPacer } from './reply-pacing.ts'

/** The thread's side: does with a `ReplyPacing` of its own what it is told. */
export const runPacing = (deps: {
  readonly pacing: ReplyPacing
  readonly post: (message: FromPacing) => void
}): ((message: ToPacing) => void) => {
  const { pacing, post } = deps
  const replies = new Map<number, RoutedPacer>()
  return (message) => {
    const { reply } = message
    const pacer = replies.get(reply)
    switch (message.type) {
      case 'open':
        return void replies.set(
          reply,
          pacing.open(message.stream, {
            onSent: (frames, atMs) => post({ type: 'sent', reply, frames, atMs }),
            onEnded: (frames) => post({ type: 'ended', reply, frames }),
          }),
        )
      case 'route':
        return pacer?.route(message.path)
      case 'push':
        for (const packet of message.packets) pacer?.push(packet)
        return
      case 'end':
        return pacer?.end()
      case 'stop':
        return pacer?.stop()
      case 'close':
        pacer?.close()
        return void replies.delete(reply)
      default:
        return assertNever(message)
    }
  }
}
