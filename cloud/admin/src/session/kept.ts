const keys = {
  language: 'mynah.language',
  theme: 'mynah.theme',
  home: 'mynah.home',
  persona: 'mynah.persona',
  speaker_name: 'mynah.speaker_name',
} as const
type Key = keyof typeof keys

/** A choice kept in this browser. Undefined when never made, or where storage is forbidden. */
export const kept = (key: Key): string | undefined => {
  try {
    return localStorage.getItem(keys[key]) ?? undefined
  } catch {
    // Storage is forbidden in some private windows: the choice then lasts until the tab closes.
    return undefined
  }
}

/** Keeps a choice; null forgets it. */
export const keep = (key: Key, value: string | null): void => {
  try {
    if (value === null) localStorage.removeItem(keys[key])
    else localStorage.setItem(keys[key], value)
  } catch {
    // As above: nothing depends on it being kept.
  }
}
