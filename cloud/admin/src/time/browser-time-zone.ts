/** The IANA name of the zone in which this browser shows times. */
export const browserTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone
