import type { ClosedTurn, TurnRecorder } from '../bridge/session/ports.ts'

export type ObservedTurns = TurnRecorder & {
  /** Every turn as it is written when it is over, with the home in which it was held. Returns how to stop listening. */
  readonly onClose: (listener: (turn: ClosedTurn, homeId: string) => void) => () => void
}

/** The same recorder, whose closed turns others may watch. */
export const observeTurns = (recorder: TurnRecorder): ObservedTurns => {
  const listeners = new Set<(turn: ClosedTurn, homeId: string) => void>()
  /** Of turns under way: each is closed exactly once. */
  const homes = new Map<string, string>()
  return {
    open: (turn) => {
      const isNew = recorder.open(turn)
      if (isNew) homes.set(turn.sessionId, turn.homeId)
      return isNew
    },
    close: (turn) => {
      const homeId = homes.get(turn.sessionId)
      homes.delete(turn.sessionId)
      recorder.close(turn)
      if (homeId !== undefined) for (const listener of listeners) listener(turn, homeId)
    },
    onClose: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
