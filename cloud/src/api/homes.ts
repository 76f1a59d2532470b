import type { homeEndpoints } from '@mynah/shared/api/homes.ts'
import type { Principal, Principals } from '../auth/principals.ts'
import type { ApiStores } from '../store/api-stores.ts'
import type { Invitation } from '../store/invitation-store.ts'
import type { Store } from '../store/open-store.ts'
import { type Actions, done, type NamesOf, notFound, refused } from './action.ts'
import { auditPage } from './audit-page.ts'

export type HomesDeps = {
  readonly stores: ApiStores
  readonly audit: Store['audit']
  readonly principals: Principals
}

const hourMs = 3_600_000
const defaultValidHours = 72
const lastAdmin = refused('last_admin', 'A home keeps at least one admin. Make somebody else admin first.')

const shown = ({ home_id: _home, used_at: _used, ...invitation }: Invitation) => invitation

/** Homes, members, invitations, and what was done there. */
export const homeActions = ({ stores, audit, principals }: HomesDeps): Actions<NamesOf<typeof homeEndpoints>> => {
  const { homes, invitations } = stores
  const viewOf = (homeId: string, { homes: roles }: Principal) => {
    const home = homes.find(homeId)
    const role = roles.get(homeId)
    return home && role && { ...home, role }
  }
  const memberOf = (homeId: string, personId: string) =>
    homes.members(homeId).find((member) => member.person_id === personId)
  const asView = (member: NonNullable<ReturnType<typeof memberOf>>) => ({ ...member, has_totp: member.has_totp === 1 })
  /** True when the home would be left without an admin. */
  const isLastAdmin = (homeId: string, personId: string) =>
    memberOf(homeId, personId)?.role === 'admin' && homes.adminCount(homeId) === 1
  const leave = (homeId: string, personId: string, actor: string) => {
    const member = memberOf(homeId, personId)
    if (!member) return notFound()
    if (isLastAdmin(homeId, personId)) return lastAdmin
    homes.removeMember(homeId, personId)
    audit.add({ actor, action: 'member_removed', target: member.login, homeId })
    principals.forget()
    return done(undefined)
  }

  return {
    listHomes: ({ homeIds, principal }) =>
      done({ items: homeIds.flatMap((homeId) => viewOf(homeId, principal) ?? []) }),
    createHome: ({ body, principal }) => {
      const home = stores.atOnce(() => {
        const made = homes.add({ name: body.name, ...(body.time_zone !== undefined && { timeZone: body.time_zone }) })
        homes.setRole(made.home_id, principal.personId, 'admin')
        audit.add({ actor: principal.actor, action: 'home_made', target: made.name, homeId: made.home_id })
        return made
      })
      principals.forget()
      return done({ ...home, member_count: 1, role: 'admin' as const })
    },
    getHome: ({ homeId, principal }) => {
      const view = viewOf(homeId, principal)
      return view ? done(view) : notFound()
    },
    updateHome: ({ homeId, body, principal }) => {
      const { name, time_zone: timeZone } = body
      homes.update(homeId, { ...(name !== undefined && { name }), ...(timeZone !== undefined && { timeZone }) })
      const fields = Object.keys(body).sort().join(' ')
      audit.add({ actor: principal.actor, action: 'home_changed', target: homeId, homeId, detail: { fields } })
      principals.forget()
      const view = viewOf(homeId, principal)
      return view ? done(view) : notFound()
    },
    deleteHome: async ({ homeId, principal }) => {
      if (!homes.remove(homeId)) return refused('conflict', 'Part from the speakers of this home first.')
      audit.add({ actor: principal.actor, action: 'home_removed', target: homeId })
      principals.forget()
      // Nobody sees them any more; what a cloud that stops here leaves of them, its next sweep finds.
      await stores.archive.remove({ homeId })
      return done(undefined)
    },
    listMembers: ({ homeId }) => done({ items: homes.members(homeId).map(asView) }),
    updateMember: ({ homeId, params, body, principal }) => {
      const member = memberOf(homeId, params.person_id)
      if (!member) return notFound()
      if (body.role !== 'admin' && isLastAdmin(homeId, params.person_id)) return lastAdmin
      homes.setRole(homeId, params.person_id, body.role)
      const detail = { from: member.role, to: body.role }
      audit.add({ actor: principal.actor, action: 'member_changed', target: member.login, homeId, detail })
      principals.forget()
      return done(asView({ ...member, role: body.role }))
    },
    removeMember: ({ homeId, params, principal }) => leave(homeId, params.person_id, principal.actor),
    leaveHome: ({ homeId, principal }) => leave(homeId, principal.personId, principal.actor),
    listInvitations: ({ homeId }) => done({ items: invitations.listOpen(homeId).map(shown) }),
    createInvitation: ({ homeId, body, principal }) => {
      const { token, invitation } = invitations.add({
        homeId,
        role: body.role,
        validMs: (body.valid_hours ?? defaultValidHours) * hourMs,
        ...(body.note !== undefined && { note: body.note }),
      })
      const detail = { role: body.role }
      audit.add({ actor: principal.actor, action: 'invitation_made', target: invitation.invitation_id, homeId, detail })
      return done({ ...shown(invitation), token, path: `/invite/${token}` })
    },
    revokeInvitation: ({ homeId, params, principal }) => {
      if (!invitations.remove(homeId, params.invitation_id)) return notFound()
      audit.add({ actor: principal.actor, action: 'invitation_revoked', target: params.invitation_id, homeId })
      return done(undefined)
    },
    listAudit: ({ homeId, query }) => auditPage(audit, { homeId, query }),
  }
}
