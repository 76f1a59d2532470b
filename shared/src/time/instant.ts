/** A wall-clock instant from epoch milliseconds or an ISO 8601 string; for records and for people, never for measuring. */
export const instant = (epochMsOrIso: number | string): Date => new Date(epochMsOrIso)

/** The type of a wall-clock instant, for records. */
export type Instant = Date
