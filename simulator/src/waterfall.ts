/** One bar of a waterfall: from `startMs` to `endMs` after the beginning of the turn. */
export type Bar = { readonly name: string; readonly startMs: number; readonly endMs: number }

const widthColumns = 48

const barOf = (bar: Bar, scale: (ms: number) => number): string => {
  const from = Math.min(widthColumns - 1, scale(bar.startMs))
  const to = Math.max(from + 1, scale(bar.endMs))
  return `${' '.repeat(from)}${'█'.repeat(to - from)}`.padEnd(widthColumns)
}

/**
 * A turn as a text chart: one line per hop, bars to scale from the earliest begin to the latest end, the duration in ms behind each.
 * Empty for no bars.
 */
export const drawWaterfall = (bars: readonly Bar[]): string => {
  if (bars.length === 0) return ''
  const firstMs = Math.min(...bars.map((bar) => bar.startMs))
  const lastMs = Math.max(...bars.map((bar) => bar.endMs))
  const msPerColumn = Math.max(1, lastMs - firstMs) / widthColumns
  const scale = (ms: number) => Math.round((ms - firstMs) / msPerColumn)
  const nameColumns = Math.max(...bars.map((bar) => bar.name.length))
  const lines = bars.map(
    (bar) =>
      `${bar.name.padEnd(nameColumns)} │${barOf(bar, scale)}│ ${Math.round(bar.endMs - bar.startMs)
        .toString()
        .padStart(6)} ms`,
  )
  const axis = `${''.padEnd(nameColumns)} └${'─'.repeat(widthColumns)}┘ ${Math.round(lastMs - firstMs)
    .toString()
    .padStart(6)} ms in all`
  return [...lines, axis].join('\n')
}
