import { parseJson } from '@mynah/shared/parse-json.ts'

/** Cursors are opaque to callers: the texts that name a place in an order, as base64url of a JSON array. */
export const writeCursor = (...place: readonly string[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** The texts of a cursor, or none when it is absent or was not made here: the list then begins at its start. */
export const readCursor = (cursor: string | undefined, length: number): readonly string[] => {
  if (cursor === undefined) return []
  const place = parseJson(Buffer.from(cursor, 'base64url').toString('utf8'))
  const isPlace = Array.isArray(place) && place.length === length && place.every((text) => typeof text === 'string')
  return isPlace ? place : []
}
