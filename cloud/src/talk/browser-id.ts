import { createHash } from 'node:crypto'

/** Connections that one person may have open in one home: each has a place of its own, so that none cuts another short. */
export const placesPerPerson = 3

/**
 * The id under which a person's browser is a speaker of a home: the same each time, so that its turns stay together, and told from
 * every real speaker by its form (`isBrowserId`).
 */
export const browserIdOf = (personId: string, homeId: string, place: number): string => {
  const hash = createHash('sha256').update(`mynah talk\0${homeId}\0${personId}`).digest('hex')
  return `browser-${hash.slice(0, 16)}-${place}`
}

/** All ids under which a person's browsers can have been speakers of these homes. */
export const browserIdsOf = (personId: string, homeIds: readonly string[]): readonly string[] =>
  homeIds.flatMap((homeId) =>
    Array.from({ length: placesPerPerson }, (_, place) => browserIdOf(personId, homeId, place + 1)),
  )
