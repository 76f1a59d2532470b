import { type Actions, done, notFound } from '../action.ts'
import type { PeopleDeps } from './people-deps.ts'

type Names = 'listApiTokens' | 'createApiToken' | 'revokeApiToken'
const dayMs = 86_400_000

/** Tokens for scripts: some of a person's rights, until they are taken back. */
export const apiTokenActions = ({ stores, audit, principals }: PeopleDeps): Actions<Names> => ({
  listApiTokens: ({ principal }) =>
    done({ items: stores.apiTokens.listOf(principal.personId).map(({ person_id: _person, ...token }) => token) }),
  createApiToken: ({ principal, body }) => {
    const { token, view } = stores.apiTokens.add({
      personId: principal.personId,
      name: body.name,
      scopes: [...new Set(body.scopes)],
      ...(body.valid_days !== undefined && { validMs: body.valid_days * dayMs }),
    })
    const detail = { name: body.name, scopes: view.scopes.join(' ') }
    audit.add({ actor: principal.actor, action: 'api_token_made', target: view.token_id, detail })
    const { person_id: _person, ...shown } = view
    return done({ ...shown, token })
  },
  revokeApiToken: ({ principal, params }) => {
    if (!stores.apiTokens.remove(principal.personId, params.token_id)) return notFound()
    audit.add({ actor: principal.actor, action: 'api_token_revoked', target: params.token_id })
    principals.forget()
    return done(undefined)
  },
})
