import { startThread } from '../../supervise/start-thread.ts'
import { createPacingCounts, pacingCountsBytes } from './pacing-counts.ts'
import type { FromPacing, PacingStart, ToPacing } from './pacing-messages.ts'
import type { PeerPath } from './peer-path.ts'
import type { ReplyEvents, ReplyPacket } from './reply-pacer.ts'
import type { ReplyPacing } from './reply-pacing.ts'

export type PacingThread = ReplyPacing & {
  readonly ready: Promise<void>
  /** Nothing leaves by the descriptor after it has resolved. */
  readonly close: () => Promise<void>
}

type PacingThreadDeps = {
  /** Of a bound IPv4 socket that stays open until `close` has resolved. */
  readonly descriptor: number
  /** For what the thread cannot send by itself. */
  readonly send: (bytes: Uint8Array, path: PeerPath) => void
  /** It has died, and with it every reply. */
  readonly onDied: (error: unknown) => void
}

/** Half a second of each reply, coded: a few kilobytes. */
const resourceLimits = { maxOldGenerationSizeMb: 64 } as const

/**
 * Paces replies in a thread that does nothing else: what holds the worker up, decoding, recognition, the collector, delays no frame
 * that has been coded by then. Sound goes to it coded, keys are its own copies.
 */
export const startPacingThread = (deps: PacingThreadDeps): PacingThread => {
  const memory = new SharedArrayBuffer(pacingCountsBytes)
  const counts = createPacingCounts(memory)
  const start: PacingStart = { descriptor: deps.descriptor, counts: memory }
  const thread = startThread({ beside: import.meta.url, name: 'main-pacing', workerData: start, resourceLimits })
  const replies = new Map<number, ReplyEvents>()
  let next = 0
  let isClosed = false
  let setReady = () => {}
  let setFailed: (error: unknown) => void = () => {}
  const ready = new Promise<void>((resolve, reject) => {
    setReady = resolve
    setFailed = reject
  })
  // Who does not wait for it hears of its death by `onDied`.
  ready.catch(() => {})
  const died = (error: unknown) => {
    if (isClosed) return
    isClosed = true
    setFailed(error)
    deps.onDied(error)
  }
  const onMessage = (message: FromPacing) => {
    switch (message.type) {
      case 'ready':
        return setReady()
      case 'sent':
        return replies.get(message.reply)?.onSent(message.frames, message.atMs)
      case 'ended':
        return replies.get(message.reply)?.onEnded(message.frames)
      case 'send':
        return isClosed ? undefined : deps.send(message.bytes, message.path)
    }
  }
  // The thread runs our own main-pacing: its messages have this type by construction.
  thread.on('message', (message) => onMessage(message as FromPacing))
  thread.on('error', died)
  thread.on('exit', (code) => died(new Error(`the pacing thread ended with ${code}`)))
  const post = (message: ToPacing) => {
    if (!isClosed) thread.postMessage(message)
  }
  const open: ReplyPacing['open'] = (stream, events) => {
    const reply = next++
    replies.set(reply, events)
    post({ type: 'open', reply, stream })
    let waiting: ReplyPacket[] = []
    let isFirst = true
    const flush = () => {
      if (waiting.length > 0) post({ type: 'push', reply, packets: waiting })
      waiting = []
    }
    return {
      push: (packet) => {
        waiting.push(packet)
        // The first sound goes by itself; those that are coded in one go after it go together.
        if (isFirst) flush()
        else if (waiting.length === 1) queueMicrotask(flush)
        isFirst = false
      },
      route: (path) => post({ type: 'route', reply, path }),
      end: () => {
        flush()
        post({ type: 'end', reply })
      },
      stop: () => {
        flush()
        post({ type: 'stop', reply })
      },
      close: () => {
        waiting = []
        replies.delete(reply)
        post({ type: 'close', reply })
      },
    }
  }
  return {
    open,
    totals: counts.totals,
    ready,
    close: async () => {
      isClosed = true
      setFailed(new Error('the pacing thread was closed'))
      await thread.terminate()
    },
  }
}
