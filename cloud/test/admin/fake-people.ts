import type { AuditView, HomeView, InvitationView, MemberView } from '@mynah/shared/api/homes.ts'
import type { ApiTokenView, LoginView, Me } from '@mynah/shared/api/people.ts'
import { instant } from '@mynah/shared/time/instant.ts'

/** A moment `minutes` after (before, when negative) the start of the fake. */
export type At = (minutes: number) => string
export const timesFrom =
  (startMs: number): At =>
  (minutes) =>
    instant(startMs + minutes * 60_000).toISOString()

export const password = 'a long password'

/** The people of the fake cloud. All share one password; the code of the second factor is 123456. */
export const peopleOf = (): readonly Me[] => [
  {
    person_id: 'p-ada',
    login: 'ada',
    name: 'Ada Muster',
    language: 'en',
    is_system_admin: true,
    has_totp: false,
    homes: [
      { home_id: 'h-home', name: 'Lindenhof', role: 'admin' },
      { home_id: 'h-office', name: 'Office', role: 'admin' },
    ],
  },
  {
    person_id: 'p-wei',
    login: 'wei',
    name: '王伟',
    language: 'zh',
    is_system_admin: false,
    has_totp: true,
    homes: [{ home_id: 'h-home', name: 'Lindenhof', role: 'member' }],
  },
  {
    person_id: 'p-vera',
    login: 'vera',
    name: 'Vera Blick',
    language: 'en',
    is_system_admin: false,
    has_totp: false,
    homes: [{ home_id: 'h-home', name: 'Lindenhof', role: 'viewer' }],
  },
]

export const homesOf = (at: At): HomeView[] => [
  {
    home_id: 'h-home',
    name: 'Lindenhof',
    time_zone: 'Europe/Zurich',
    created_at: at(-90_000),
    role: 'admin',
    device_count: 9,
    member_count: 3,
  },
  {
    home_id: 'h-office',
    name: 'Office',
    time_zone: null,
    created_at: at(-20_000),
    role: 'admin',
    device_count: 0,
    member_count: 1,
  },
]

export const membersOf = (at: At): MemberView[] =>
  peopleOf().map(({ person_id, login, name, has_totp, homes }, index) => ({
    person_id,
    login,
    name,
    has_totp,
    role: homes[0]?.role ?? 'viewer',
    joined_at: at(-90_000 + index * 9_000),
  }))

export const invitationsOf = (at: At): InvitationView[] => [
  { invitation_id: 'i-1', role: 'viewer', note: 'Grandmother', created_at: at(-60), expires_at: at(4_000) },
]

export const auditOf = (at: At): AuditView[] =>
  (
    [
      ['ada', 'login', 'ada', {}],
      ['ada', 'config_changed', 'kitchen', { version: 7, fields: 'quiet_hours volume' }],
      ['wei', 'announced', 'k3jf8s0dlqpe', { to: 'room', speakers: 2, sent: 1 }],
      ['mallory', 'login_failed', 'mallory', { address: '192.168.1.99', code: 'wrong_credentials' }],
      ['ada', 'schedule_changed', 'bedroom', { set: 'alarm', item: 'school' }],
      ['ada', 'api_token_made', 't-1', { name: 'Home Assistant', scopes: 'devices:read devices:write' }],
      ['command line', 'token_made', 'e-0', {}],
      ['ada', 'member_changed', 'vera', { from: 'member', to: 'viewer' }],
      ['token Home Assistant', 'command_sent', 'bedroom', { command: 'identify' }],
      ['ada', 'invitation_made', 'i-1', { role: 'viewer' }],
      ['ada', 'device_claimed', 'garage', {}],
    ] as const
  ).map(([actor, action, target, detail], index) => ({
    audit_id: 100 - index,
    at: at(-3 - index * 47),
    actor,
    action,
    target,
    home_id: 'h-home',
    detail,
  }))

export const loginsOf = (at: At): LoginView[] => [
  {
    login_id: 'l-1',
    created_at: at(-300),
    last_used_at: at(-1),
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36',
    is_current: true,
  },
  {
    login_id: 'l-2',
    created_at: at(-9_000),
    last_used_at: at(-1_500),
    user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1',
    is_current: false,
  },
]

export const tokensOf = (at: At): ApiTokenView[] => [
  {
    token_id: 't-1',
    name: 'Home Assistant',
    scopes: ['devices:read', 'devices:write'],
    created_at: at(-40_000),
    expires_at: at(100_000),
    last_used_at: at(-4),
  },
]
