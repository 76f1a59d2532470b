/** One row of the results: microseconds of the median, and how many times the baseline it is. */
export type MicroRow = {
  readonly name: string
  readonly us: number
  readonly baseline: string
  readonly baselineUs: number
  readonly ratio: number
}

const width = 760
const rowHeight = 34
const left = 300
const right = 90
const top = 46

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** The ratios as bars on a logarithmic scale. Pure: the same rows give the same picture. */
export const ratioGraph = (rows: readonly MicroRow[]): string => {
  const most = Math.max(10, ...rows.map(({ ratio }) => ratio))
  const scale = (ratio: number) => (Math.log10(Math.max(1, ratio)) / Math.log10(most)) * (width - left - right)
  const height = top + rows.length * rowHeight + 16
  const bars = rows.map(({ name, us, ratio }, index) => {
    const y = top + index * rowHeight
    return [
      `<text x="${left - 10}" y="${y + 18}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${left}" y="${y + 5}" width="${Math.max(2, scale(ratio)).toFixed(1)}" height="18" rx="2" fill="#3b6ea5"/>`,
      `<text x="${(left + Math.max(2, scale(ratio)) + 8).toFixed(1)}" y="${y + 18}">${ratio.toFixed(1)} x, ${us < 10 ? us.toFixed(2) : us.toFixed(0)} us</text>`,
    ].join('\n')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">
<title>Small parts beside the least they could cost</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="16" y="26" font-size="15">Times the least it could cost (logarithmic); median time beside it</text>
${bars.join('\n')}
</svg>
`
}
