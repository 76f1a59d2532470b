import type { Me, Session } from '@mynah/shared/api/people.ts'
import type { Handlers } from './fake-call.ts'
import { auditOf, password } from './fake-people.ts'
import { FakeProblem } from './fake-problem.ts'

const sessionOf = (me: Me): Session => ({ access_token: `token-${me.person_id}`, expires_in_s: 900, me })
const later = { expires_at: '2030-01-01T00:00:00.000Z' }

export const peopleHandlers: Handlers = {
  getSetup: ({ state }) => ({ needed: state.needsSetup }),
  checkSetupLink: ({ state, body }) => ({ state: body.token === state.setupToken ? 'open' : 'unknown' }),
  setUp: ({ state, body }) => {
    if (body.token !== state.setupToken) throw new FakeProblem(404, 'link_unknown')
    const [first] = state.people
    if (!first) throw new FakeProblem(500, 'internal')
    state.needsSetup = false
    const me: Me = { ...first, login: body.login, name: body.name ?? body.login, language: body.language ?? 'en' }
    state.people = [me, ...state.people.slice(1)]
    return sessionOf(me)
  },
  logIn: ({ state, body }) => {
    const me = state.people.find(({ login }) => login === body.login)
    if (!me || body.password !== password) throw new FakeProblem(401, 'wrong_credentials')
    if (me.has_totp && body.totp === undefined) throw new FakeProblem(401, 'totp_required')
    if (me.has_totp && body.totp !== '123456') throw new FakeProblem(401, 'wrong_totp')
    return sessionOf(me)
  },
  refreshSession: ({ me }) => sessionOf(me),
  logOut: () => undefined,
  getMe: ({ me }) => me,
  updateMe: ({ state, me, body }) => {
    const changed: Me = { ...me, name: body.name ?? me.name, language: body.language ?? me.language }
    state.people = state.people.map((person) => (person.person_id === me.person_id ? changed : person))
    return changed
  },
  changePassword: ({ body }) => {
    if (body.current_password !== password) throw new FakeProblem(403, 'wrong_credentials')
    return undefined
  },
  listLogins: ({ state }) => ({ items: state.logins }),
  endLogin: ({ state, params }) => {
    state.logins = state.logins.filter(({ login_id: id }) => id !== params.login_id)
    return undefined
  },
  logOutEverywhere: () => undefined,
  startTotp: ({ body }) => {
    if (body.password !== password) throw new FakeProblem(403, 'wrong_credentials')
    return {
      secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
      otpauth_url: 'otpauth://totp/Mynah:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Mynah',
    }
  },
  confirmTotp: ({ body }) => {
    if (body.code !== '123456') throw new FakeProblem(403, 'wrong_totp')
    return { recovery_codes: ['k3p9-x2ms', 'b7qe-91va', 'z0tt-4hhu'] }
  },
  removeTotp: () => undefined,
  listApiTokens: ({ state }) => ({ items: state.tokens }),
  createApiToken: ({ state, body }) => {
    const token = {
      token_id: `t-${state.tokens.length + 1}`,
      name: body.name,
      scopes: body.scopes,
      created_at: state.at(0),
      expires_at: null,
      last_used_at: null,
    }
    state.tokens = [token, ...state.tokens]
    return { ...token, token: 'mynahpat_0123456789abcdef' }
  },
  revokeApiToken: ({ state, params }) => {
    state.tokens = state.tokens.filter(({ token_id: id }) => id !== params.token_id)
    return undefined
  },
  checkInvitation: ({ body }) => {
    if (body.token !== 'invitation-token-01') throw new FakeProblem(404, 'link_unknown')
    return { home_name: 'Lindenhof', role: 'viewer', ...later }
  },
  acceptInvitation: ({ state }) => {
    const viewer = state.people.find(({ login }) => login === 'vera')
    if (!viewer) throw new FakeProblem(404, 'link_unknown')
    return sessionOf(viewer)
  },
  joinByInvitation: ({ me }) => me,
  listHomes: ({ state }) => ({ items: state.homes }),
  getHome: ({ state, me, params }) => {
    const home = state.homes.find(({ home_id: id }) => id === params.home_id)
    const role = me.homes.find(({ home_id: id }) => id === params.home_id)?.role
    if (!home || !role) throw new FakeProblem(404, 'not_found')
    return { ...home, role }
  },
  updateHome: ({ state, params, body }) => {
    const home = state.homes.find(({ home_id: id }) => id === params.home_id)
    if (!home) throw new FakeProblem(404, 'not_found')
    const changed = { ...home, name: body.name ?? home.name, time_zone: body.time_zone ?? home.time_zone }
    state.homes = state.homes.map((other) => (other === home ? changed : other))
    return changed
  },
  listMembers: ({ state }) => ({ items: state.members }),
  updateMember: ({ state, params, body }) => {
    const member = state.members.find(({ person_id: id }) => id === params.person_id)
    if (!member) throw new FakeProblem(404, 'not_found')
    const changed = { ...member, role: body.role }
    state.members = state.members.map((other) => (other === member ? changed : other))
    return changed
  },
  removeMember: ({ state, params }) => {
    state.members = state.members.filter(({ person_id: id }) => id !== params.person_id)
    return undefined
  },
  leaveHome: () => {
    throw new FakeProblem(409, 'last_admin')
  },
  deleteHome: () => {
    throw new FakeProblem(409, 'conflict')
  },
  listInvitations: ({ state }) => ({ items: state.invitations }),
  createInvitation: ({ state, body }) => {
    const invitation = {
      invitation_id: `i-${state.invitations.length + 1}`,
      role: body.role,
      note: body.note ?? null,
      created_at: state.at(0),
      ...later,
    }
    state.invitations = [invitation, ...state.invitations]
    return { ...invitation, token: 'invitation-token-01', path: '/invite/invitation-token-01' }
  },
  revokeInvitation: ({ state, params }) => {
    state.invitations = state.invitations.filter(({ invitation_id: id }) => id !== params.invitation_id)
    return undefined
  },
  listAudit: ({ state, query }) => ({
    items: auditOf(state.at).filter(({ actor }) => query.actor === undefined || actor.includes(query.actor)),
    next_cursor: null,
  }),
  listSystemAudit: ({ state }) => ({ items: auditOf(state.at).slice(0, 1), next_cursor: null }),
}
