import { createHash, randomInt } from 'node:crypto'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { Secret, TOTP } from 'otpauth'
import type { PeopleStore, Person } from '../store/people-store.ts'

const periodS = 30
const recoveryCodeCount = 8
const letters = 'abcdefghjkmnpqrstuvwxyz23456789'

const totpOf = (secret: string, login: string) =>
  new TOTP({
    issuer: 'Mynah',
    label: login,
    algorithm: 'SHA1',
    digits: 6,
    period: periodS,
    secret: Secret.fromBase32(secret),
  })

export const newTotp = (login: string): { readonly secret: string; readonly otpauthUrl: string } => {
  const secret = new Secret({ size: 20 }).base32
  return { secret, otpauthUrl: totpOf(secret, login).toString() }
}

/** Each works once, in place of a code, for who has lost the phone: `abcd-efgh`. */
export const newRecoveryCodes = (): readonly string[] => {
  const four = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')
  return Array.from({ length: recoveryCodeCount }, () => `${four()}-${four()}`)
}

export const recoveryHashOf = (code: string): string => createHash('sha256').update(code).digest('hex')

type CodeDeps = { readonly clock: Pick<Clock, 'wallTime'>; readonly people: PeopleStore }

/** True when the code (RFC 6238, one step of clock drift either way) or recovery code is right and was not used before. */
export const takeCode = ({ clock, people }: CodeDeps, person: Person, code: string): boolean => {
  if (!person.totp) return false
  if (!/^\d{6}$/.test(code)) return people.useRecoveryHash(person.personId, recoveryHashOf(code))
  const timestamp = clock.wallTime().getTime()
  const delta = totpOf(person.totp.secret, person.login).validate({ token: code, timestamp, window: 1 })
  if (delta === null) return false
  return people.useTotpStep(person.personId, Math.floor(timestamp / 1_000 / periodS) + delta)
}
