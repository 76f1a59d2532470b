import type { Clock } from '@mynah/shared/time/clock.ts'
import type { WebSocket } from 'ws'

export type PulseOptions = {
  readonly clock: Clock
  readonly everyMs: number
  /** With each question but the last, which nobody answered. */
  readonly onBeat?: () => void
}

/** Asks the other end every so often, until it closes; who neither answered nor said anything since the last time is cut off. */
export const watchPulse = (socket: WebSocket, { clock, everyMs, onBeat }: PulseOptions): void => {
  let isAlive = true
  const check = () => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
    onBeat?.()
    timer = clock.startTimer(everyMs, check)
  }
  let timer = clock.startTimer(everyMs, check)
  const hear = () => {
    isAlive = true
  }
  socket.on('pong', hear).on('message', hear)
  socket.once('close', () => timer.cancel())
}
