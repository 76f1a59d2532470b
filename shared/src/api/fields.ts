import * as v from 'valibot'
import { ownWordNameSchema } from '../wire/own-words.ts'
import { deviceIdSchema, sessionIdSchema } from '../wire/topics.ts'

/** One line of text for people: 1 to `max` characters, no control characters; surrounding white space is taken away. */
export const line = (max: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1),
    v.maxLength(max),
    v.regex(/^\P{Cc}*$/u, 'control characters are not allowed'),
  )

/** Text of several lines, such as a persona. */
export const prose = (max: number) =>
  v.pipe(v.string(), v.trim(), v.maxLength(max), v.regex(/^[\P{Cc}\n\t]*$/u, 'control characters are not allowed'))

/** An ISO 8601 instant. */
export const instantSchema = v.pipe(v.string(), v.isoTimestamp())

const idSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id is 1 to 64 of A-Z, a-z, 0-9, _ and -'))
export const homeIdSchema = idSchema
export const personIdSchema = idSchema

/** Every name that may stand in braces in a path. */
export const pathParams = {
  device_id: deviceIdSchema,
  home_id: homeIdSchema,
  session_id: sessionIdSchema,
  person_id: personIdSchema,
  login_id: idSchema,
  token_id: idSchema,
  invitation_id: idSchema,
  item_id: idSchema,
  own_word: ownWordNameSchema,
  release_id: idSchema,
  key_id: idSchema,
  backup_name: v.pipe(v.string(), v.regex(/^mynah-[0-9A-Za-z-]{1,100}\.sqlite3$/, 'the name of a backup')),
} as const
export type PathParam = keyof typeof pathParams

/** A whole number in a query, where all is text. */
export const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,9}$/, 'a whole number'), v.transform(Number))]),
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
  )

/** A secret that somebody types or a machine makes; bounded, because it is hashed. */
export const passwordSchema = v.pipe(
  v.string(),
  v.minLength(10, 'a password has at least 10 characters'),
  v.maxLength(256),
)
export const linkTokenSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16,128}$/, 'a token of a link'))

export const timeZoneSchema = v.pipe(
  v.string(),
  v.maxLength(64),
  v.check((name) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
    } catch {
      return false
    }
  }, 'an IANA time zone such as Europe/Zurich'),
)
