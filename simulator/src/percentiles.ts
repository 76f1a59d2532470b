export type Percentiles = { readonly p50: number; readonly p95: number; readonly p99: number }

/** Nearest-rank percentiles, rounded to a tenth; undefined for no values. */
export const percentilesOf = (values: readonly number[]): Percentiles | undefined => {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const rank = (share: number): number =>
    Math.round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) * 10) / 10
  return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) }
}

/** The upper of the two in the middle of an even number of values; 0 for no values. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
