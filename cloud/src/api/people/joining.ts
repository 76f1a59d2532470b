import type { NewPerson, Person } from '../../store/people-store.ts'
import { type Actions, done, type Refusal, refused } from '../action.ts'
import { beginSession } from './begin-session.ts'
import { meOf } from './me.ts'
import type { PeopleDeps } from './people-deps.ts'

type Names = 'getSetup' | 'checkSetupLink' | 'setUp' | 'checkInvitation' | 'acceptInvitation' | 'joinByInvitation'

const busy = refused('rate_limited', 'Too many people sign in at this moment. Try again in a few seconds.', {
  retry_after_s: 5,
})
const unknownLink = refused('link_unknown', 'This link is not known here. Was all of it copied?')
const usedLink = refused('link_used', 'This link was used before. Ask for a new one.')
const expiredLink = refused('link_expired', 'This link has expired. Ask for a new one.')
const taken = refused('login_taken', 'Somebody has this login already. Choose another.')

const setupRefusal = { expired: expiredLink, unknown: unknownLink } as const

/** Sentinel that takes a transaction back: what was half done must not stay. */
const undone = Symbol('undone')

type NewAccount = {
  readonly login: string
  readonly name?: string | undefined
  readonly password: string
  readonly language?: 'en' | 'zh' | undefined
}

const newPerson = (body: NewAccount, passwordHash: string, isSystemAdmin: boolean): NewPerson => ({
  login: body.login,
  name: body.name ?? body.login,
  passwordHash,
  isSystemAdmin,
  language: body.language ?? 'en',
})

/** Makes a person and what belongs to them in one transaction; undefined (and nothing done) when `make` gives undefined. */
const allOrNothing = (deps: PeopleDeps, make: () => Person | Refusal): Person | Refusal => {
  const refusal: { value?: Refusal } = {}
  try {
    return deps.stores.atOnce(() => {
      const made = make()
      if (!('type' in made)) return made
      refusal.value = made
      throw undone
    })
  } catch (error) {
    if (error !== undone || !refusal.value) throw error
    return refusal.value
  }
}

/** The first person by the one-time link of the start, all others by invitation. */
export const joiningActions = (deps: PeopleDeps): Actions<Names> => {
  const { stores, setup, audit, passwords, principals } = deps

  const openInvitation = (token: string) => {
    const found = stores.invitations.findByToken(token)
    if (!found) return unknownLink
    if (found.state !== 'open') return found.state === 'used' ? usedLink : expiredLink
    const home = stores.homes.find(found.invitation.home_id)
    return home ? ({ type: 'open', invitation: found.invitation, home } as const) : unknownLink
  }
  const useInvitation = (token: string, person: Person): Refusal | undefined => {
    const open = openInvitation(token)
    if (open.type === 'refused') return open
    const { invitation_id, home_id, role } = open.invitation
    if (!stores.invitations.use(invitation_id)) return usedLink
    stores.homes.setRole(home_id, person.personId, role)
    audit.add({
      actor: person.login,
      action: 'invitation_used',
      target: person.login,
      homeId: home_id,
      detail: { role },
    })
    return undefined
  }

  return {
    getSetup: () => done({ needed: stores.people.count() === 0 }),
    checkSetupLink: ({ body }) => done({ state: stores.people.count() > 0 ? 'unknown' : setup.stateOf(body.token) }),
    setUp: async (call) => {
      const { body } = call
      const state = setup.stateOf(body.token)
      if (stores.people.count() > 0)
        return refused('already_set_up', 'This cloud has its first person already. Sign in.')
      if (state !== 'open') return setupRefusal[state]
      const passwordHash = await passwords.hash(body.password)
      if (passwordHash === undefined) return busy
      const person = allOrNothing(deps, () => {
        if (stores.people.count() > 0 || !setup.use(body.token)) return usedLink
        const added = stores.people.add(newPerson(body, passwordHash, true))
        if (!added) return taken
        // Speakers that were enrolled before anybody had an account are in this home.
        const homeId = deps.defaultHomeId()
        stores.homes.update(homeId, {
          name: body.home_name,
          ...(body.time_zone !== undefined && { timeZone: body.time_zone }),
        })
        stores.homes.setRole(homeId, added.personId, 'admin')
        audit.add({
          actor: added.login,
          action: 'set_up',
          target: added.login,
          homeId,
          detail: { address: call.address },
        })
        return added
      })
      if ('type' in person) return person
      principals.forget()
      return beginSession(deps, person, call)
    },
    checkInvitation: ({ body }) => {
      const open = openInvitation(body.token)
      if (open.type === 'refused') return open
      return done({ home_name: open.home.name, role: open.invitation.role, expires_at: open.invitation.expires_at })
    },
    acceptInvitation: async (call) => {
      const { body } = call
      const open = openInvitation(body.token)
      if (open.type === 'refused') return open
      const passwordHash = await passwords.hash(body.password)
      if (passwordHash === undefined) return busy
      const person = allOrNothing(deps, () => {
        const added = stores.people.add(newPerson(body, passwordHash, false))
        if (!added) return taken
        audit.add({ actor: added.login, action: 'person_added', target: added.login, homeId: open.home.home_id })
        return useInvitation(body.token, added) ?? added
      })
      if ('type' in person) return person
      principals.forget()
      return beginSession(deps, person, call)
    },
    joinByInvitation: ({ body, principal }) => {
      const joined = allOrNothing(deps, () => {
        const person = stores.people.find(principal.personId)
        if (!person) return unknownLink
        const open = openInvitation(body.token)
        if (open.type === 'open' && principal.homes.has(open.home.home_id)) {
          return refused('conflict', 'You belong to this home already.')
        }
        return useInvitation(body.token, person) ?? person
      })
      if ('type' in joined) return joined
      principals.forget()
      return done(meOf(stores, joined))
    },
  }
}
