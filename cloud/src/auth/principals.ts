import { type Role, roles, type Scope } from '@mynah/shared/api/endpoint.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type { ApiStores } from '../store/api-stores.ts'
import { apiTokenPrefix } from '../store/api-token-store.ts'
import type { AccessTokens } from './access-token.ts'

/** Who calls: a person by login, or one of their API tokens with some of their rights. */
export type Principal = {
  readonly personId: string
  readonly login: string
  /** For the audit log: the login, or the login and the name of the token. */
  readonly actor: string
  readonly isSystemAdmin: boolean
  readonly homes: ReadonlyMap<string, Role>
  readonly via:
    | { readonly type: 'login'; readonly loginId: string }
    | { readonly type: 'api_token'; readonly tokenId: string; readonly scopes: ReadonlySet<Scope> }
}

export type Recognised =
  | { readonly type: 'known'; readonly principal: Principal }
  | { readonly type: 'expired' | 'unknown' }

export type Principals = {
  /** Of the value of `Authorization: Bearer`. Some microseconds for a token that was seen before. */
  readonly recognise: (bearer: string) => Recognised
  /** After every change of people, logins, tokens or memberships: what was known is looked up again. */
  readonly forget: () => void
  /** Called after each `forget`; returns how to stop. */
  readonly onForget: (listener: () => void) => () => void
  /** The same caller as of this moment; undefined when the login is over or the token was taken back. */
  readonly lookAgain: (principal: Principal) => Principal | undefined
}

type PrincipalsDeps = {
  readonly clock: Clock
  readonly stores: Pick<ApiStores, 'people' | 'homes' | 'logins' | 'apiTokens'>
  readonly accessTokens: AccessTokens
}

const maxCached = 5_000
/** A change made by another process on the same database is seen after this long. */
const cachedMs = 30_000

type Cached = { readonly principal: Principal; readonly untilMs: number; readonly expiresAtS: number }

export const rankOf = (role: Role): number => roles.indexOf(role)

export const createPrincipals = ({ clock, stores, accessTokens }: PrincipalsDeps): Principals => {
  const cache = new Map<string, Cached>()
  const listeners = new Set<() => void>()
  const nowS = () => clock.wallTime().getTime() / 1_000

  const of = (personId: string, via: Principal['via'], tokenName?: string): Principal | undefined => {
    const person = stores.people.find(personId)
    if (!person) return undefined
    const homes = new Map(stores.homes.membershipsOf(personId).map(({ home_id, role }) => [home_id, role]))
    const actor = tokenName === undefined ? person.login : `${person.login} (token ${tokenName})`
    return { personId, login: person.login, actor, isSystemAdmin: person.isSystemAdmin, homes, via }
  }
  const ofLogin = (loginId: string, personId: string) =>
    stores.logins.isLive(loginId) ? of(personId, { type: 'login', loginId }) : undefined
  const ofApiToken = (bearer: string): Recognised => {
    const token = stores.apiTokens.redeem(bearer)
    const via = token && ({ type: 'api_token', tokenId: token.token_id, scopes: new Set(token.scopes) } as const)
    const principal = via && of(token.person_id, via, token.name)
    if (!principal) return { type: 'unknown' }
    keep(bearer, principal, token.expires_at === null ? Infinity : instant(token.expires_at).getTime() / 1_000)
    return { type: 'known', principal }
  }
  const keep = (bearer: string, principal: Principal, expiresAtS: number) => {
    const oldest = cache.keys().next()
    if (cache.size >= maxCached && !oldest.done) cache.delete(oldest.value)
    cache.set(bearer, { principal, untilMs: clock.now() + cachedMs, expiresAtS })
  }
  const ofAccessToken = (bearer: string): Recognised => {
    const verified = accessTokens.verify(bearer)
    if (verified.type !== 'valid') return { type: verified.type === 'expired' ? 'expired' : 'unknown' }
    const principal = ofLogin(verified.claims.sid, verified.claims.sub)
    if (!principal) return { type: 'unknown' }
    keep(bearer, principal, verified.claims.exp)
    return { type: 'known', principal }
  }
  const lookAgain = ({ personId, via }: Principal): Principal | undefined => {
    if (via.type === 'login') return ofLogin(via.loginId, personId)
    const token = stores.apiTokens.listOf(personId).find(({ token_id }) => token_id === via.tokenId)
    const isGood = token && (token.expires_at === null || token.expires_at > clock.wallTime().toISOString())
    return isGood ? of(personId, via, token.name) : undefined
  }
  return {
    lookAgain,
    recognise: (bearer) => {
      const cached = cache.get(bearer)
      if (cached && cached.untilMs > clock.now() && cached.expiresAtS > nowS()) {
        return { type: 'known', principal: cached.principal }
      }
      cache.delete(bearer)
      return bearer.startsWith(apiTokenPrefix) ? ofApiToken(bearer) : ofAccessToken(bearer)
    },
    forget: () => {
      cache.clear()
      for (const listener of listeners) listener()
    },
    onForget: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
