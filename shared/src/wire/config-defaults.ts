/** How long a speaker listens after an answer, until its owner configured something else. */
export const defaultFollowUpMs = 5_000

/** For which words a speaker listens, until its owner configured others. */
export const defaultWakeWords: readonly string[] = ['hey_jarvis']

/** Under which no alarm is, 0 to 100: one that nobody hears is none, whatever the evening's volume was. */
export const defaultAlarmMinVolume = 50
