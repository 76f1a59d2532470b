import type { Violations } from './load-messages.ts'

export type ViolationCount = { readonly note: (what: string) => void; readonly all: () => Violations }

const maxKinds = 50

/** Counts what must not happen, by its sentence. */
export const createViolationCount = (): ViolationCount => {
  const counts = new Map<string, number>()
  return {
    note: (what) => {
      if (counts.has(what) || counts.size < maxKinds) counts.set(what, (counts.get(what) ?? 0) + 1)
    },
    all: () => Object.fromEntries(counts),
  }
}
