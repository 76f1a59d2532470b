/**
 * The wake word that a stream begins with, if it is there at all, and how much of the stream lies before its decision. `text` is the word
 * as it is spoken, absent for one of its owner's own, which nobody can spell. An engine that can checks it again, or passes over what its
 * language cannot say.
 */
export type SpokenWake = { readonly text?: string; readonly preRollMs: number }
