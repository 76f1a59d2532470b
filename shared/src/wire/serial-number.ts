/** Arithmetic on u32 numbers that wrap: sequence numbers and media time (RFC 1982; RFC 3550 appendix A.1). */

/** How far `to` is ahead of `from`, -2^31 to 2^31 - 1; both are taken modulo 2^32. */
export const serialDistance = (from: number, to: number): number => ((to >>> 0) - (from >>> 0)) | 0

/** `base + steps` modulo 2^32. */
export const serialAdd = (base: number, steps: number): number => (base + steps) >>> 0

/**
 * The whole number congruent to `serial` modulo 2^32 that is nearest to `near`: turns numbers that wrap into numbers that grow.
 * Exact as long as two neighbours are less than 2^31 apart.
 */
export const unwrapSerial = (near: number, serial: number): number => near + serialDistance(near, serial)
