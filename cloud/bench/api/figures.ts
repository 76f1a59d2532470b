/** The value below which `share` (0..1) of the numbers lie; `sorted` ascending. */
export const percentile = (sorted: readonly number[] | Float64Array, share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0

export const sortedCopy = (values: readonly number[]): Float64Array => Float64Array.from(values).sort()

export const median = (values: readonly number[]): number => percentile(sortedCopy(values), 0.5)

/** `median (smallest to largest)`: what the rounds of one run differ by. */
export const spread = (values: readonly number[], digits: number): string => {
  const sorted = sortedCopy(values)
  const at = (share: number) => percentile(sorted, share).toFixed(digits)
  return `${at(0.5)} (${at(0)} to ${at(1)})`
}

/** `median (lower to upper quartile)`: what half of the rounds lie within, whatever the machine did to single ones. */
export const quartiles = (values: readonly number[], digits: number): string => {
  const sorted = sortedCopy(values)
  const at = (share: number) => percentile(sorted, share).toFixed(digits)
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`
}
