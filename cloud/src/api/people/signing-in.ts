import { takeCode } from '../../auth/second-factor.ts'
import type { Person } from '../../store/people-store.ts'
import { type Actions, type Call, done, type Refusal, refused } from '../action.ts'
import { beginSession, sessionOf } from './begin-session.ts'
import type { PeopleDeps } from './people-deps.ts'

type Names = 'logIn' | 'refreshSession' | 'logOut'

const ended = refused('session_ended', 'This login is over. Sign in again.')
// One text for an unknown login and a wrong password: whoever guesses learns nothing.
const wrong = refused('wrong_credentials', 'Login or password is wrong.')

const tooMany = (waitS: number) =>
  refused('rate_limited', `Too many attempts. Try again in ${waitS} s.`, { retry_after_s: waitS })

/** Login, renewal and logout. */
export const signingInActions = (deps: PeopleDeps): Actions<Names> => {
  const { stores, audit, passwords, principals, loginLimits } = deps

  const fail = (call: Call<'logIn'>, person: Person | undefined, refusal: Refusal): Refusal => {
    // What was typed as a login may be a password: only a login that exists is written down.
    const actor = person?.login ?? 'unknown'
    audit.add({ actor, action: 'login_failed', target: actor, detail: { address: call.address, code: refusal.code } })
    return refusal
  }
  const secondFactor = (call: Call<'logIn'>, person: Person): Refusal | undefined => {
    if (!person.totp?.isConfirmed) return undefined
    if (call.body.totp === undefined) return refused('totp_required', 'Give the code of the second factor.')
    if (takeCode({ clock: deps.clock, people: stores.people }, person, call.body.totp)) return undefined
    return fail(call, person, refused('wrong_totp', 'This code is wrong, or was used before.'))
  }

  return {
    logIn: async (call) => {
      const { body, address } = call
      const waitS = loginLimits.begin(address, body.login)
      if (waitS > 0) return tooMany(waitS)
      const person = stores.people.findByLogin(body.login)
      const checked = await passwords.check(person?.passwordHash, body.password)
      if (checked === 'busy') return tooMany(5)
      if (checked === 'wrong' || !person) return fail(call, person, wrong)
      const refusal = secondFactor(call, person)
      // The password was right: asking for the code is no failure, a wrong code is one.
      if (refusal?.code !== 'wrong_totp') loginLimits.forgive(address, body.login)
      return refusal ?? beginSession(deps, person, call)
    },
    refreshSession: ({ refreshToken, address }) => {
      if (refreshToken === undefined) return ended
      const rotated = stores.logins.rotate(refreshToken)
      if (rotated.type === 'ended') return ended
      const person = stores.people.find(rotated.personId)
      if (rotated.type === 'reused') {
        const actor = person?.login ?? rotated.personId
        audit.add({ actor, action: 'refresh_reused', target: actor, detail: { address, login: rotated.loginId } })
        principals.forget()
      }
      return rotated.type === 'reused' || !person ? ended : sessionOf(deps, person, rotated)
    },
    logOut: ({ refreshToken }) => {
      const owner = refreshToken === undefined ? undefined : stores.logins.ownerOf(refreshToken)
      const person = owner && stores.people.find(owner.personId)
      if (owner && person && stores.logins.end(owner.loginId, 'logged_out')) {
        audit.add({ actor: person.login, action: 'login_ended', target: person.login, detail: { why: 'logged_out' } })
        principals.forget()
      }
      return done(undefined, { refreshToken: null })
    },
  }
}
