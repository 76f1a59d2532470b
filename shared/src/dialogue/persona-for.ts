type CalledBy = { readonly wake_words: readonly string[] }

/** The same for every way to write a wake word: `hey_jarvis`, `Hey Jarvis`, `hey-jarvis`. */
export const wakeWordKey = (word: string): string =>
  word
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')

/** Who answers to this wake word: whoever lists it, else (also to a button or a typed text) the first. Undefined of nobody. */
export const personaFor = <P extends CalledBy>(personas: readonly P[], wakeWord: string | undefined): P | undefined => {
  const key = wakeWordKey(wakeWord ?? '')
  const called = (persona: P) => persona.wake_words.some((word) => wakeWordKey(word) === key)
  return (key === '' ? undefined : personas.find(called)) ?? personas[0]
}

/** A wake word that two of them list; undefined when each leads to one. */
export const sharedWakeWord = (personas: readonly CalledBy[]): string | undefined => {
  const owners = new Map<string, number>()
  for (const [index, { wake_words }] of personas.entries()) {
    for (const word of wake_words) {
      const owner = owners.get(wakeWordKey(word))
      if (owner !== undefined && owner !== index) return word
      owners.set(wakeWordKey(word), index)
    }
  }
  return undefined
}
