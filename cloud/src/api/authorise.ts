import type { Endpoint, HomeParam, Role } from '@mynah/shared/api/endpoint.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { type Principal, type Principals, rankOf } from '../auth/principals.ts'
import { notFound, type Refusal, refused } from './action.ts'

export type HomeOf = { readonly [P in HomeParam]: (id: string) => string | undefined }

export type Allowed = {
  readonly principal: Principal | undefined
  readonly homeIds: readonly string[]
  readonly homeId: string
}

/** Whoever calls what is public. */
export const nobody: Allowed = { principal: undefined, homeIds: [], homeId: '' }

/** What stands between the first space and the next one, if there is one; nothing when the scheme is another (RFC 6750). */
const bearerIn = (authorization = ''): string | undefined => {
  const space = authorization.indexOf(' ')
  if (space < 0 || authorization.slice(0, space).toLowerCase() !== 'bearer') return undefined
  const end = authorization.indexOf(' ', space + 1)
  return authorization.slice(space + 1, end < 0 ? undefined : end)
}

/** The value of `Authorization: Bearer`, looked up. */
export const authenticate = (principals: Principals, authorization: string | undefined): Result<Principal, Refusal> => {
  const token = bearerIn(authorization)
  if (!token) {
    return refuse(refused('unauthenticated', 'Sign in, or send Authorization: Bearer with a token.'))
  }
  const recognised = principals.recognise(token)
  if (recognised.type === 'known') return ok(recognised.principal)
  return recognised.type === 'expired'
    ? refuse(refused('token_expired', 'The access token has expired. Renew it.'))
    : refuse(refused('unauthenticated', 'This token is not good here (any more). Sign in again.'))
}

const hasScope = ({ via }: Principal, scope: Endpoint['scope']): boolean =>
  via.type === 'login' || (scope !== 'none' && via.scopes.has(scope))

const isAtLeast = (role: Role | undefined, needed: Role): boolean =>
  role !== undefined && rankOf(role) >= rankOf(needed)

const homeLists = new WeakMap<Principal, Map<Role, readonly string[]>>()

/** The homes where somebody is at least this. A principal never changes: a change of a role makes another one. */
const homesOf = (principal: Principal, atLeast: Role): readonly string[] => {
  const lists = homeLists.get(principal) ?? new Map<Role, readonly string[]>()
  const known = lists.get(atLeast)
  if (known) return known
  const homeIds = [...principal.homes].flatMap(([homeId, role]) => (isAtLeast(role, atLeast) ? [homeId] : []))
  homeLists.set(principal, lists.set(atLeast, homeIds))
  return homeIds
}

const inOneHome = (principal: Principal, homeId: string | undefined, needed: Role): Result<Allowed, Refusal> => {
  const role = homeId === undefined ? undefined : principal.homes.get(homeId)
  if (homeId === undefined || role === undefined) return refuse(notFound())
  if (!isAtLeast(role, needed))
    return refuse(refused('forbidden', `This needs the role ${needed} in this home; yours is ${role}.`))
  return ok({ principal, homeIds: [homeId], homeId })
}

/** The one place where an access rule of the contract is enforced. */
export const authorise = (
  { access, scope }: Endpoint,
  principal: Principal,
  params: Readonly<Record<string, string>>,
  homeOf: HomeOf,
): Result<Allowed, Refusal> => {
  if (!hasScope(principal, scope)) {
    const needed =
      scope === 'none' ? 'This cannot be done with an API token.' : `This needs an API token with the scope ${scope}.`
    return refuse(refused('scope_missing', needed))
  }
  switch (access.type) {
    case 'public':
      return ok(nobody)
    case 'signed_in':
      return ok({ principal, homeIds: [], homeId: '' })
    case 'any_home':
      return ok({ principal, homeIds: homesOf(principal, access.atLeast), homeId: '' })
    case 'of_home':
      return inOneHome(principal, homeOf[access.by](params[access.by] ?? ''), access.atLeast)
    case 'system':
      if (principal.isSystemAdmin) return ok({ principal, homeIds: [], homeId: '' })
      return refuse(refused('forbidden', 'This is for who runs this cloud.'))
  }
}
