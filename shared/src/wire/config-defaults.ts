/** How long a speaker listens after an answer, until its owner configured something else. */
export const defaultFollowUpMs = 5_000
