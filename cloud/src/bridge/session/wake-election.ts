/** Speakers of one home that hear the same wake word: the first to be accepted answers. */
export type WakeElection = {
  /** False when another speaker of the home was accepted within the window. Waiting for a better score would delay everybody. */
  readonly claim: (wake: { readonly homeId: string; readonly deviceId: string }, nowMs: number) => boolean
}

const prunedAbove = 1_000

export const createWakeElection = ({ windowMs }: { readonly windowMs: number }): WakeElection => {
  const winners = new Map<string, { readonly deviceId: string; readonly atMs: number }>()
  const prune = (nowMs: number) => {
    for (const [homeId, winner] of winners) if (nowMs - winner.atMs > windowMs) winners.delete(homeId)
  }
  return {
    claim: ({ homeId, deviceId }, nowMs) => {
      const winner = winners.get(homeId)
      if (winner && winner.deviceId !== deviceId && nowMs - winner.atMs <= windowMs) return false
      if (winners.size > prunedAbove) prune(nowMs)
      winners.set(homeId, { deviceId, atMs: nowMs })
      return true
    },
  }
}
