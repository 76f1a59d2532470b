import type { Persona } from '@mynah/shared/api/ai-settings.ts'
import { language } from '../../i18n/language.ts'
import { chosenPersona, languageFor, speakerName } from '../../talk/talk-choice.ts'
import type { Asking } from '../../talk/talker.ts'

/** The home that is spoken to, and who may answer in it. */
export type Asked = { readonly homeId: string; readonly personas: readonly Persona[] }

/** As it is chosen at this moment: for a turn that begins. */
export const askingNow = ({ homeId, personas }: Asked): Asking => {
  const persona = chosenPersona(personas)
  return {
    homeId,
    language: languageFor(persona, language.value),
    persona: persona?.name,
    speakerName: speakerName.value,
  }
}
