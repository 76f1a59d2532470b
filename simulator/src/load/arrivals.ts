/** Requests at a constant rate, which grows to it from nothing: a server that has just started compiles its code while it is asked. */
export type Arrivals = {
  /** How many are due after so long. */
  readonly dueBy: (elapsedMs: number) => number
  /** When the one of this index is due. */
  readonly dueMs: (index: number) => number
}

export const createArrivals = ({
  perSecond,
  rampMs,
}: {
  readonly perSecond: number
  readonly rampMs: number
}): Arrivals => {
  const perMs = perSecond / 1_000
  // While the rate grows they come by the square of the time.
  const inRamp = (perMs * rampMs) / 2
  return {
    dueBy: (elapsedMs) =>
      Math.floor(elapsedMs < rampMs ? (perMs * elapsedMs ** 2) / (2 * rampMs) : inRamp + perMs * (elapsedMs - rampMs)),
    dueMs: (index) => {
      const count = index + 1
      return count < inRamp ? Math.sqrt((2 * rampMs * count) / perMs) : rampMs + (count - inRamp) / perMs
    },
  }
}
