import { type ApiFailure, createApiClient } from '@mynah/shared/api/client.ts'
import { type Role, roles } from '@mynah/shared/api/endpoint.ts'
import type { Me, Session } from '@mynah/shared/api/people.ts'
import type { Result } from '@mynah/shared/result.ts'
import { computed, signal } from '@preact/signals'
import { chooseLanguage } from '../i18n/language.ts'
import { refreshCount } from '../live/refresh.ts'
import { keep, kept } from './kept.ts'

/**
 * `starting`: the cookie is being tried. `unreachable`: the cloud did not answer at the first load. `ended`: the login was over while
 * its person was at work, who may go on once they have logged in again.
 */
export type SessionState =
  | { readonly type: 'starting' }
  | { readonly type: 'signed_out' }
  | { readonly type: 'unreachable' }
  | { readonly type: 'signed_in'; readonly me: Me }
  | { readonly type: 'ended'; readonly me: Me }

export const session = signal<SessionState>({ type: 'starting' })
let accessToken: string | undefined

const refreshPath = '/api/session/refresh'

/** Two tabs must not spend one refresh token: the second would look like a thief and end the login. */
const oneTabAtATime = <T>(run: () => Promise<T>): Promise<T> =>
  'locks' in navigator ? navigator.locks.request('mynah.refresh', run) : run()

export const api = createApiClient({
  fetch: (url, init) => (url === refreshPath ? oneTabAtATime(() => fetch(url, init)) : fetch(url, init)),
  baseUrl: '',
  accessToken: {
    get: () => accessToken,
    set: (token) => {
      accessToken = token
    },
  },
  onSignedOut: () => {
    const person = me.peek()
    session.value = person ? { type: 'ended', me: person } : { type: 'signed_out' }
  },
  // Not `randomUUID`, which a page of a cloud without TLS has not.
  newKey: () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
})

export const me = computed(() => ('me' in session.value ? session.value.me : undefined))

/** Takes over a login that was just made. */
export const enter = ({ access_token: token, me: person }: Session): void => {
  accessToken = token
  if (kept('language') === undefined) chooseLanguage(person.language)
  const wasAway = session.peek().type === 'ended'
  session.value = { type: 'signed_in', me: person }
  // What happened meanwhile was told to nobody.
  if (wasAway) refreshCount.value += 1
}

export const setMe = (person: Me): void => {
  session.value = { type: 'signed_in', me: person }
}

/** Tries the refresh cookie: at the load of a page, and again when the cloud was not reached. */
export const resume = async (): Promise<void> => {
  const renewed = await api.renew()
  if (renewed.ok) enter(renewed.value)
  else session.value = { type: isRefused(renewed) ? 'signed_out' : 'unreachable' }
}

const isRefused = (result: Result<Session, ApiFailure>): boolean =>
  !result.ok &&
  result.error.type === 'problem' &&
  result.error.problem.status < 500 &&
  result.error.problem.status !== 429

export const leave = async (): Promise<void> => {
  await api.call('logOut', {})
  accessToken = undefined
  session.value = { type: 'signed_out' }
}

const chosenHomeId = signal(kept('home'))

/** The home that pages of one home show; always one of mine. Undefined when I belong to none. */
export const currentHome = computed(() => {
  const homes = me.value?.homes ?? []
  return homes.find(({ home_id: id }) => id === chosenHomeId.value) ?? homes[0]
})

export const chooseHome = (homeId: string): void => {
  chosenHomeId.value = homeId
  keep('home', homeId)
}

/** Whether I have at least this role in a home. */
export const may = (homeId: string | undefined, atLeast: Role): boolean => {
  const role = me.value?.homes.find(({ home_id: id }) => id === homeId)?.role
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(atLeast)
}
