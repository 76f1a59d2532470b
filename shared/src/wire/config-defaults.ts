/** How long a speaker listens after an answer, until its owner configured something else. */
export const defaultFollowUpMs = 5_000

/** Under which no alarm is, 0 to 100: one that nobody hears is none, whatever the evening's volume was. */
export const defaultAlarmMinVolume = 50
