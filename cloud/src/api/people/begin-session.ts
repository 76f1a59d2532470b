import type { Session } from '@mynah/shared/api/people.ts'
import type { Person } from '../../store/people-store.ts'
import { type Done, done } from '../action.ts'
import { meOf } from './me.ts'
import type { PeopleDeps } from './people-deps.ts'

type Tokens = { readonly loginId: string; readonly refreshToken: string }

/** The answer to everybody who has just shown who they are. */
export const sessionOf = (deps: PeopleDeps, person: Person, { loginId, refreshToken }: Tokens): Done<Session> => {
  const { token, expiresInS } = deps.accessTokens.issue({ personId: person.personId, loginId })
  return done({ access_token: token, expires_in_s: expiresInS, me: meOf(deps.stores, person) }, { refreshToken })
}

export const beginSession = (
  deps: PeopleDeps,
  person: Person,
  call: { userAgent: string; address: string },
): Done<Session> => {
  const tokens = deps.stores.logins.begin(person.personId, call.userAgent)
  deps.audit.add({ actor: person.login, action: 'login', target: person.login, detail: { address: call.address } })
  return sessionOf(deps, person, tokens)
}
