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

export type PageRequest = { readonly cursor?: string | undefined; readonly limit?: number | undefined }
export type PageRange = { readonly limit: number; readonly before?: number }

const defaultLimit = 50

/** One page of a list that is kept newest first under rising numbers. One more is read than the page shows: it says that there is a next. */
export const pageOf = <T>(
  { cursor, limit = defaultLimit }: PageRequest,
  read: (range: PageRange) => readonly T[],
  numberOf: (item: T) => number,
): { readonly items: T[]; readonly next_cursor: string | null } => {
  const [place] = readCursor(cursor, 1)
  const before = Number(place ?? Number.NaN)
  const found = read({ limit: limit + 1, ...(Number.isSafeInteger(before) && { before }) })
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, next_cursor: found.length > limit && last !== undefined ? writeCursor(String(numberOf(last))) : null }
}
