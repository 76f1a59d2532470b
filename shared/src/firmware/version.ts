import * as v from 'valibot'

/** `1.2.3` or `1.2.3-rc.1`: Semantic Versioning 2.0.0 without build metadata. */
const pattern = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})(?:-([0-9a-z]+(?:[.-][0-9a-z]+)*))?$/

export const versionSchema = v.pipe(
  v.string(),
  v.maxLength(40),
  v.regex(pattern, 'a version such as 1.2.3 or 1.2.3-rc.1'),
)

export const isVersion = (text: string): boolean => v.is(versionSchema, text)

const comparePart = (a: string, b: string): number => {
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (isNumberA && isNumberB) return Math.sign(Number(a) - Number(b))
  // Numbers are older than words.
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

/** A version before its release is older than the release itself. */
const compareSuffix = (a: string | undefined, b: string | undefined): number => {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  const [partsA, partsB] = [a.split('.'), b.split('.')]
  for (let at = 0; at < Math.max(partsA.length, partsB.length); at++) {
    const [partA, partB] = [partsA[at], partsB[at]]
    if (partA === undefined || partB === undefined) return Number(partB === undefined) - Number(partA === undefined)
    const order = comparePart(partA, partB)
    if (order !== 0) return order
  }
  return 0
}

/** Negative when `a` is older (Semantic Versioning section 11). Both must be versions; anything else is older than every version. */
export const compareVersions = (a: string, b: string): number => {
  const [partsA, partsB] = [pattern.exec(a), pattern.exec(b)]
  if (!partsA || !partsB) return Number(partsA !== null) - Number(partsB !== null)
  for (let at = 1; at <= 3; at++) {
    const order = Math.sign(Number(partsA[at]) - Number(partsB[at]))
    if (order !== 0) return order
  }
  return compareSuffix(partsA[4], partsB[4])
}
