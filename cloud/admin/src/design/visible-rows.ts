export type RowRange = { readonly first: number; readonly end: number }

const spareRows = 8

/** Which rows of a list are in sight, with some to spare: `topPx` is where the list starts in the window, negative once it is scrolled. */
export const visibleRows = ({
  topPx,
  viewportPx,
  rowPx,
  count,
  spare = spareRows,
}: {
  readonly topPx: number
  readonly viewportPx: number
  readonly rowPx: number
  readonly count: number
  readonly spare?: number
}): RowRange => {
  const firstInSight = Math.floor(-topPx / rowPx)
  const inSight = Math.ceil(viewportPx / rowPx) + 1
  const first = Math.max(0, Math.min(count, firstInSight) - spare)
  return { first, end: Math.max(first, Math.min(count, firstInSight + inSight + spare)) }
}

/** Whether nothing of what is drawn can stay: somebody jumped, and every row is a new one. */
export const isJump = (before: RowRange, next: RowRange): boolean =>
  next.first >= before.end || next.end <= before.first
