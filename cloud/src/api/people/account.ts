import { newRecoveryCodes, newTotp, recoveryHashOf, takeCode } from '../../auth/second-factor.ts'
import type { Person } from '../../store/people-store.ts'
import { browserIdsOf } from '../../talk/browser-id.ts'
import { type Actions, done, notFound, type Refusal, refused } from '../action.ts'
import { meOf } from './me.ts'
import type { PeopleDeps } from './people-deps.ts'

type Names =
  | 'getMe'
  | 'updateMe'
  | 'deleteMe'
  | 'deleteMyTurns'
  | 'changePassword'
  | 'listLogins'
  | 'endLogin'
  | 'logOutEverywhere'
  | 'startTotp'
  | 'confirmTotp'
  | 'removeTotp'

const lastAdmin = refused(
  'last_admin',
  'You are the only admin of a home. Make somebody else admin, or delete the home.',
)

/** What people change about themselves; whatever weakens an account asks for the password again. */
export const accountActions = (deps: PeopleDeps): Actions<Names> => {
  const { stores, audit, passwords, principals } = deps

  const withPassword = async (personId: string, password: string): Promise<Person | Refusal> => {
    const person = stores.people.find(personId)
    const checked = await passwords.check(person?.passwordHash, password)
    if (checked === 'busy') return refused('rate_limited', 'Too many at once. Try again in 5 s.', { retry_after_s: 5 })
    return checked === 'right' && person ? person : refused('wrong_credentials', 'The password is wrong.')
  }
  /** Also in homes that the person has left. What was said to a speaker belongs to its home. */
  const removeTalkedBy = (personId: string): Promise<number> =>
    stores.archive.remove({ deviceIds: browserIdsOf(personId, stores.archive.homesOfBrowsers()) })
  const isLastAdminSomewhere = (personId: string) =>
    stores.homes
      .membershipsOf(personId)
      .some(({ home_id, role }) => role === 'admin' && stores.homes.adminCount(home_id) === 1)

  return {
    getMe: ({ principal }) => {
      const person = stores.people.find(principal.personId)
      return person ? done(meOf(stores, person)) : notFound()
    },
    updateMe: ({ principal, body }) => {
      const { name, language } = body
      stores.people.rename(principal.personId, { ...(name !== undefined && { name }), ...(language && { language }) })
      const fields = Object.keys(body).sort().join(' ')
      audit.add({ actor: principal.actor, action: 'person_changed', target: principal.login, detail: { fields } })
      principals.forget()
      const person = stores.people.find(principal.personId)
      return person ? done(meOf(stores, person)) : notFound()
    },
    deleteMe: async ({ principal, body }) => {
      const person = await withPassword(principal.personId, body.password)
      if ('type' in person) return person
      if (isLastAdminSomewhere(person.personId)) return lastAdmin
      await removeTalkedBy(person.personId)
      // A year's turns take a moment, in which the other admin may have left.
      if (isLastAdminSomewhere(person.personId)) return lastAdmin
      stores.people.remove(person.personId)
      audit.add({ actor: person.login, action: 'person_removed', target: person.login })
      principals.forget()
      return done(undefined)
    },
    deleteMyTurns: async ({ principal }) => {
      const deleted = await removeTalkedBy(principal.personId)
      const entry = { actor: principal.actor, action: 'turns_deleted', target: principal.login } as const
      audit.add({ ...entry, detail: { count: deleted } })
      return done({ deleted })
    },
    changePassword: async ({ principal, body }) => {
      const person = await withPassword(principal.personId, body.current_password)
      if ('type' in person) return person
      const passwordHash = await passwords.hash(body.new_password)
      if (passwordHash === undefined) return refused('unavailable', 'Too many at once. Try again in a few seconds.')
      const current = principal.via.type === 'login' ? principal.via.loginId : undefined
      stores.atOnce(() => {
        stores.people.setPasswordHash(person.personId, passwordHash)
        stores.logins.endAllOf(person.personId, 'password_changed', current)
        audit.add({ actor: person.login, action: 'password_changed', target: person.login })
      })
      principals.forget()
      return done(undefined)
    },
    listLogins: ({ principal }) => {
      const current = principal.via.type === 'login' ? principal.via.loginId : undefined
      const items = stores.logins.listOf(principal.personId).map(({ person_id: _person, ...login }) => ({
        ...login,
        is_current: login.login_id === current,
      }))
      return done({ items })
    },
    endLogin: ({ principal, params }) => {
      const isMine = stores.logins.listOf(principal.personId).some(({ login_id }) => login_id === params.login_id)
      if (!isMine || !stores.logins.end(params.login_id, 'ended_by_person')) return notFound()
      audit.add({
        actor: principal.actor,
        action: 'login_ended',
        target: principal.login,
        detail: { why: 'ended_by_person' },
      })
      principals.forget()
      return done(undefined)
    },
    logOutEverywhere: ({ principal }) => {
      const count = stores.logins.endAllOf(principal.personId, 'logged_out_everywhere')
      const detail = { why: 'logged_out_everywhere', count }
      audit.add({ actor: principal.actor, action: 'login_ended', target: principal.login, detail })
      principals.forget()
      return done(undefined)
    },
    startTotp: async ({ principal, body }) => {
      const person = await withPassword(principal.personId, body.password)
      if ('type' in person) return person
      if (person.totp?.isConfirmed) return refused('conflict', 'The second factor is on already. Switch it off first.')
      const { secret, otpauthUrl } = newTotp(person.login)
      stores.people.setTotp(person.personId, { secret, isConfirmed: false, recoveryHashes: [] })
      return done({ secret, otpauth_url: otpauthUrl })
    },
    confirmTotp: ({ principal, body }) => {
      const person = stores.people.find(principal.personId)
      if (!person?.totp || person.totp.isConfirmed) return refused('conflict', 'There is no second factor to confirm.')
      if (!takeCode({ clock: deps.clock, people: stores.people }, person, body.code)) {
        return refused('wrong_totp', 'This code is wrong. Is the clock of the phone right?')
      }
      const codes = newRecoveryCodes()
      const recoveryHashes = codes.map(recoveryHashOf)
      stores.people.setTotp(person.personId, { secret: person.totp.secret, isConfirmed: true, recoveryHashes })
      // The code that switched it on must not sign anybody in.
      takeCode({ clock: deps.clock, people: stores.people }, stores.people.find(person.personId) ?? person, body.code)
      audit.add({ actor: principal.actor, action: 'totp_changed', target: person.login, detail: { on: true } })
      return done({ recovery_codes: [...codes] })
    },
    removeTotp: async ({ principal, body }) => {
      const person = await withPassword(principal.personId, body.password)
      if ('type' in person) return person
      stores.people.setTotp(person.personId, undefined)
      audit.add({ actor: principal.actor, action: 'totp_changed', target: person.login, detail: { on: false } })
      return done(undefined)
    },
  }
}
