import { instant } from '@mynah/shared/time/instant.ts'

/** As `datetime-local` wants it, in the time of this browser. */
export const localInput = (epochMs: number): string => {
  const moment = instant(epochMs)
  return instant(epochMs - moment.getTimezoneOffset() * 60_000)
    .toISOString()
    .slice(0, 16)
}
