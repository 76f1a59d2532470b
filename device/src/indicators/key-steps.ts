/** A contact that is pressed bounces: what it says is believed when it has said so for this long. */
export const settledMs = 30

export type KeyState = {
  /** What is believed. */
  readonly on: boolean
  readonly candidate: boolean
  readonly candidateSinceMs: number
}

export const released: KeyState = { on: false, candidate: false, candidateSinceMs: Number.NEGATIVE_INFINITY }

export type KeyChange = 'pressed' | 'released'

/** One reading of one line. Pure. */
export const stepKey = (state: KeyState, reading: boolean, atMs: number): readonly [KeyState, KeyChange?] => {
  if (reading !== state.candidate) return [{ ...state, candidate: reading, candidateSinceMs: atMs }]
  if (reading === state.on || atMs - state.candidateSinceMs < settledMs) return [state]
  return [{ ...state, on: reading }, reading ? 'pressed' : 'released']
}
