import { signal } from '@preact/signals'

/** Counts the moments after which what is shown may be old: a reconnect that could not resume. */
export const refreshCount = signal(0)
