import { median } from '../percentiles.ts'

/** One look at a process, or at several together. */
export type Sample = { readonly atMs: number; readonly residentMb: number; readonly descriptors: number }

/** More than this between the middle and the end of a run is a leak, not a garbage collector in its own time. */
const allowedGrowth = { share: 0.2, mb: 40, descriptors: 20 } as const

export type Growth = {
  readonly fromMb: number
  readonly toMb: number
  readonly fromDescriptors: number
  readonly toDescriptors: number
  readonly isFlat: boolean
}

/**
 * Pure: holds the median of the last third of the samples against that of the third before it. The first third, in which caches and
 * compiled code come to be, says nothing.
 */
export const growthOf = (samples: readonly Sample[]): Growth => {
  const third = Math.floor(samples.length / 3)
  const middle = samples.slice(third, 2 * third)
  const last = samples.slice(2 * third)
  const [fromMb, toMb] = [middle, last].map((part) => median(part.map(({ residentMb }) => residentMb))) as [
    number,
    number,
  ]
  const [fromDescriptors, toDescriptors] = [middle, last].map((part) =>
    median(part.map(({ descriptors }) => descriptors)),
  ) as [number, number]
  const isFlat =
    toMb <= fromMb + Math.max(allowedGrowth.mb, fromMb * allowedGrowth.share) &&
    toDescriptors <= fromDescriptors + allowedGrowth.descriptors
  return { fromMb, toMb, fromDescriptors, toDescriptors, isFlat }
}
