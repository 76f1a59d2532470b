import { describe, expect, test } from 'vitest'
import { type PageRange, type PageRequest, pageOf, readCursor, writeCursor } from '../../src/api/cursor.ts'

describe('a cursor', () => {
  test('gives back the place that was written into it', () => {
    expect(readCursor(writeCursor('2026-01-01', 'tür 7'), 2)).toEqual(['2026-01-01', 'tür 7'])
  })

  test('that was not made here, or not for this list, is none', () => {
    const strange = [undefined, '', '!!', 'bm8ganNvbg', Buffer.from('[1]').toString('base64url'), writeCursor('a', 'b')]
    for (const cursor of strange) expect(readCursor(cursor, 1)).toEqual([])
  })
})

describe('pages of a list', () => {
  const kept = Array.from({ length: 120 }, (_, index) => ({ number: 120 - index }))
  const read = ({ limit, before = Number.POSITIVE_INFINITY }: PageRange) =>
    kept.filter(({ number }) => number < before).slice(0, limit)
  const page = (request: PageRequest) => pageOf(request, read, ({ number }) => number)
  const numbersOf = ({ items }: ReturnType<typeof page>) => items.map(({ number }) => number)

  test('hold fifty items unless told otherwise, and follow each other without a gap', () => {
    const first = page({})
    const second = page({ cursor: first.next_cursor ?? '' })
    const third = page({ cursor: second.next_cursor ?? '' })
    expect([first, second, third].map(({ items }) => items.length)).toEqual([50, 50, 20])
    expect([first, second, third].flatMap(numbersOf)).toEqual(kept.map(({ number }) => number))
    expect(third.next_cursor).toBeNull()
  })

  test('name no next one when the last just fits', () => {
    expect(page({ limit: 120 }).next_cursor).toBeNull()
    expect(page({ limit: 119 }).next_cursor).toBe(writeCursor('2'))
  })

  test('begin at the start for a cursor that names no number', () => {
    for (const place of ['x', '1.5', '1e99']) {
      expect(numbersOf(page({ cursor: writeCursor(place), limit: 1 }))).toEqual([120])
    }
  })
})
