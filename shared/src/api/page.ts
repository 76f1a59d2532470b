import * as v from 'valibot'
import { wholeNumber } from './fields.ts'

/** What every list takes: `cursor` is the `next_cursor` of the page before, opaque. */
export const pageQuery = {
  cursor: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,512}$/, 'a cursor of the page before'))),
  limit: v.optional(wholeNumber(1, 1_000)),
}

/** One page: `next_cursor` is null on the last. */
export const pageOf = <const S extends v.GenericSchema>(item: S) =>
  v.object({ items: v.array(item), next_cursor: v.nullable(v.string()) })
