import type { Persona } from '@mynah/shared/api/ai-settings.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { computed, signal } from '@preact/signals'
import { keep, kept } from '../session/kept.ts'

/** The longest name that the cloud takes. */
export const speakerNameLength = 50

const personaName = signal<string | undefined>(kept('persona'))
const typedName = signal(kept('speaker_name') ?? '')

/** As it stands in the field. */
export const speakerNameField = computed(() => typedName.value)
/** What this browser is called; undefined: nothing of its own. */
export const speakerName = computed(() => typedName.value.trim() || undefined)

export const nameSpeaker = (name: string): void => {
  typedName.value = name
  keep('speaker_name', name.trim() || null)
}

export const choosePersona = (name: string): void => {
  personaName.value = name
  keep('persona', name)
}

/** Who answers here: whom this person chose on this browser, as long as the home has them, else the first. */
export const chosenPersona = (personas: readonly Persona[]): Persona | undefined =>
  personas.find(({ name }) => name === personaName.value) ?? personas[0]

/** A persona with a language of its own is spoken to in it: its voice was chosen for that. */
export const languageFor = (persona: Persona | undefined, ofPanel: Language): Language => persona?.language ?? ofPanel
