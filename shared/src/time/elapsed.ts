/** Milliseconds from one `Clock.now` to another, to a hundredth: a hop of a turn. Undefined when either did not happen. */
export const elapsedMs = (fromMs: number | undefined, toMs: number | undefined): number | undefined =>
  fromMs === undefined || toMs === undefined ? undefined : Math.round((toMs - fromMs) * 100) / 100
