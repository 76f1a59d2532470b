/** How long a test waits for what must happen. For a machine that is busy with all the other tests: only who waits in vain waits so long. */
export const patienceMs = 20_000
