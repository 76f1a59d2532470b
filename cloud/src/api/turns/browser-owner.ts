import { isBrowserId } from '@mynah/shared/api/talk.ts'
import type { HomeStore } from '../../store/home-store.ts'
import { browserIdOf, placesPerPerson } from '../../talk/browser-id.ts'

/** Whose browser was the speaker of a turn, by name: null for a real speaker, and once the person has left the home. */
export type OwnerOf = (turn: { readonly deviceId: string; readonly homeId: string }) => string | null

/** For one answer: the members of each home are read once. */
export const createOwnerOf = (homes: Pick<HomeStore, 'members'>): OwnerOf => {
  const byHome = new Map<string, ReadonlyMap<string, string>>()
  const readOwners = (homeId: string) =>
    new Map(
      homes
        .members(homeId)
        .flatMap(({ person_id, name, login }) =>
          Array.from(
            { length: placesPerPerson },
            (_, place) => [browserIdOf(person_id, homeId, place + 1), name === '' ? login : name] as const,
          ),
        ),
    )
  return ({ deviceId, homeId }) => {
    if (!isBrowserId(deviceId)) return null
    const owners = byHome.get(homeId) ?? readOwners(homeId)
    byHome.set(homeId, owners)
    return owners.get(deviceId) ?? null
  }
}
