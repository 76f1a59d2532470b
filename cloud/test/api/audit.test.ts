import { contract, type EndpointName, endpointNames, type ReplyOf, type RequestOf } from '@mynah/shared/api/contract.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { Secret, TOTP } from 'otpauth'
import { describe, expect, test } from 'vitest'
import type { auditActions } from '../../src/store/audit-store.ts'
import { bundleOf, key } from '../firmware/bundles.ts'
import { type Browser, password } from './api-fixture.ts'
import { apiPerTest } from './api-per-test.ts'

const api = apiPerTest(['kitchen'], { connected: ['kitchen'] })

/** What is no GET and leaves no entry, and why. */
const unrecorded: Partial<Record<EndpointName, string>> = {
  checkSetupLink: 'only looks',
  checkInvitation: 'only looks',
  refreshSession: 'goes on with a login that is recorded; a token that comes twice is recorded by its own test',
  startTotp: 'nothing counts before it is confirmed, which is recorded',
  createLiveTicket: 'opens a connection that shows what its caller may see anyway',
  createTalkTicket: 'opens a connection whose turns are conversations',
  tryAi: 'keeps nothing',
  deleteTurnSound: 'recorded where sound is kept: sound_deleted, by its own test',
  requestClaimCode: 'a speaker that nobody knows yet',
  pollClaimCode: 'only looks',
  askStanding: 'only looks',
  askMoved: 'only looks',
}

const home = () => ({ home_id: api.homeId })
const kitchen = { device_id: 'kitchen' }
type Done<N extends EndpointName> = (call: (request: RequestOf<N>) => Promise<ReplyOf<N>>) => Promise<unknown>
type Row = { readonly action: string; readonly actor: string; readonly run: () => Promise<unknown> }
/** A call that succeeds, by the admin unless somebody else is named. */
const by = <N extends EndpointName>(name: N, action: (typeof auditActions)[number], run: Done<N>): [N, Row] => [
  name,
  { action, actor: 'ada', run: () => run((request) => api.admin.call(name, request)) },
]
const invited = () => api.admin.call('createInvitation', { params: home(), body: { role: 'viewer' } })
const personOf = async (browser: Browser) => (await browser.call('getMe', {})).person_id
const anotherHome = () => api.admin.call('createHome', { body: { name: 'Elsewhere' } })
const totpOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: api.fixture.clock.wallTime().getTime() })
const release = async () => {
  await api.admin.call('addFirmwareKey', { body: { name: 'Key', public_key: key.publicKey } })
  const payload = new Uint8Array(1_000)
  return { release_id: (await api.admin.call('uploadFirmware', { body: bundleOf(payload) })).release_id }
}
const backup = async () => ({ backup_name: (await api.admin.call('createBackup', {})).name })
const answered = { v: 1, ok: true, report: { words: [] } } as const
/** Own wake words are asked of the speaker, which must answer. */
const ownWord = () => {
  const { broker, memory } = api.fixture
  broker.onPublish((sent) => {
    if (sent.kind !== 'command') return
    const { command_id } = sent.message
    queueMicrotask(() =>
      memory.receive({ ...kitchen, deviceId: 'kitchen', kind: 'command/ack', message: { ...answered, command_id } }),
    )
  })
  return { ...kitchen, own_word: 'mynah' }
}

const recorded = new Map<EndpointName, Row>([
  ['setUp', { action: 'set_up', actor: 'ada', run: async () => {} }],
  ['logIn', { action: 'login', actor: 'ada', run: () => api.fixture.browser().signIn('ada') }],
  by('logOut', 'login_ended', (call) => call({})),
  by('updateMe', 'person_changed', (call) => call({ body: { name: 'Ada L.' } })),
  [
    'deleteMe',
    {
      action: 'person_removed',
      actor: 'mia',
      run: async () => {
        const mia = await api.fixture.invite(api.admin, api.homeId, 'member', 'mia')
        return mia.call('deleteMe', { body: { password } })
      },
    },
  ],
  by('deleteMyTurns', 'turns_deleted', (call) => call({})),
  by('changePassword', 'password_changed', (call) =>
    call({ body: { current_password: password, new_password: 'another long password' } }),
  ),
  by('endLogin', 'login_ended', async (call) => {
    await api.fixture.browser().signIn('ada')
    const { items } = await api.admin.call('listLogins', {})
    return call({ params: { login_id: items.find(({ is_current }) => !is_current)?.login_id ?? '' } })
  }),
  by('logOutEverywhere', 'login_ended', (call) => call({})),
  by('confirmTotp', 'totp_changed', async (call) => {
    const { secret } = await api.admin.call('startTotp', { body: { password } })
    return call({ body: { code: totpOf(secret) } })
  }),
  by('removeTotp', 'totp_changed', (call) => call({ body: { password } })),
  by('createApiToken', 'api_token_made', (call) => call({ body: { name: 'cron', scopes: ['devices:read'] } })),
  by('revokeApiToken', 'api_token_revoked', async (call) => {
    const body = { name: 'cron', scopes: ['devices:read'] } as const
    const { token_id } = await api.admin.call('createApiToken', { body: { ...body, scopes: [...body.scopes] } })
    return call({ params: { token_id } })
  }),
  [
    'acceptInvitation',
    {
      action: 'person_added',
      actor: 'gil',
      run: () => api.fixture.invite(api.admin, api.homeId, 'viewer', 'gil'),
    },
  ],
  [
    'joinByInvitation',
    {
      action: 'invitation_used',
      actor: 'sam',
      run: async () => {
        const sam = await api.fixture.invite(api.admin, (await anotherHome()).home_id, 'viewer', 'sam')
        return sam.call('joinByInvitation', { body: { token: (await invited()).token } })
      },
    },
  ],
  by('createHome', 'home_made', (call) => call({ body: { name: 'Elsewhere' } })),
  by('updateHome', 'home_changed', (call) => call({ params: home(), body: { name: 'Casa 2' } })),
  by('deleteHome', 'home_removed', async (call) => call({ params: { home_id: (await anotherHome()).home_id } })),
  by('updateMember', 'member_changed', async (call) => {
    const vera = await api.fixture.invite(api.admin, api.homeId, 'viewer', 'vera')
    return call({ params: { ...home(), person_id: await personOf(vera) }, body: { role: 'member' } })
  }),
  by('removeMember', 'member_removed', async (call) => {
    const vera = await api.fixture.invite(api.admin, api.homeId, 'viewer', 'vera')
    return call({ params: { ...home(), person_id: await personOf(vera) } })
  }),
  [
    'leaveHome',
    {
      action: 'member_removed',
      actor: 'vera',
      run: async () => {
        const vera = await api.fixture.invite(api.admin, api.homeId, 'viewer', 'vera')
        return vera.call('leaveHome', { params: home() })
      },
    },
  ],
  by('createInvitation', 'invitation_made', (call) => call({ params: home(), body: { role: 'viewer' } })),
  by('revokeInvitation', 'invitation_revoked', async (call) =>
    call({ params: { ...home(), invitation_id: (await invited()).invitation_id } }),
  ),
  by('updateDevice', 'config_changed', (call) => call({ params: kitchen, body: { name: 'Küche' } })),
  by('setDeviceConfig', 'config_changed', (call) => call({ params: kitchen, body: { volume: 20 } })),
  by('commandDevice', 'command_sent', (call) => call({ params: kitchen, body: { command: 'identify' } })),
  by('transferDevice', 'device_transferred', async (call) =>
    call({ params: kitchen, body: { home_id: (await anotherHome()).home_id } }),
  ),
  by('unclaimDevice', 'device_revoked', (call) => call({ params: kitchen })),
  by('recordOwnWord', 'command_sent', (call) => call({ params: ownWord(), body: { recording: 1 } })),
  by('setOwnWord', 'command_sent', (call) => call({ params: ownWord(), body: { active: false } })),
  by('forgetOwnWord', 'command_sent', (call) => call({ params: ownWord() })),
  by('createEnrolmentToken', 'token_made', (call) => call({ params: home(), body: {} })),
  by('revokeEnrolmentToken', 'token_revoked', async (call) => {
    const { token_id } = await api.admin.call('createEnrolmentToken', { params: home(), body: {} })
    return call({ params: { ...home(), token_id } })
  }),
  by('claimDevice', 'device_claimed', async (call) => {
    const asked = await api.fixture.browser().call('requestClaimCode', { body: { v: 1, device_id: 'attic' } })
    return call({ params: home(), body: { code: asked.code } })
  }),
  by('setScheduleItem', 'schedule_changed', (call) =>
    call({ params: { ...kitchen, item_id: 'tea' }, body: { kind: 'alarm', fires_at: '2030-01-01T08:00:00Z' } }),
  ),
  by('cancelScheduleItem', 'schedule_changed', (call) => call({ params: { ...kitchen, item_id: 'tea' } })),
  by('announce', 'announced', (call) => call({ params: home(), body: { text: 'Dinner', target: { type: 'all' } } })),
  by('announceRecording', 'announced', (call) =>
    call({ params: home(), body: encodeWav(new Int16Array(1_600).fill(1_000), 16_000) }),
  ),
  by('setTurnFeedback', 'turn_judged', (call) =>
    call({ params: { session_id: api.fixture.addTurn(inHome()) }, body: { verdict: 'wrong', note: 'It was noon.' } }),
  ),
  by('deleteTurn', 'turns_deleted', (call) => call({ params: { session_id: api.fixture.addTurn(inHome()) } })),
  by('deleteDeviceTurns', 'turns_deleted', (call) => call({ params: kitchen })),
  by('deleteHomeTurns', 'turns_deleted', (call) => call({ params: home() })),
  by('setRetention', 'retention_changed', (call) => call({ params: kitchen, body: { keep_days: 7 } })),
  by('setHomeRetention', 'retention_changed', (call) =>
    call({ params: home(), body: { keep_days: 7, keep_sound: true } }),
  ),
  by('setAiSettings', 'ai_changed', (call) => call({ params: home(), body: { llm: { type: 'none' } } })),
  by('createBackup', 'backup_made', (call) => call({})),
  by('deleteBackup', 'backup_removed', async (call) => call({ params: await backup() })),
  by('restoreBackup', 'restore_planned', async (call) => call({ params: await backup() })),
  by('cancelRestore', 'restore_cancelled', async (call) => {
    const params = await backup()
    await api.admin.call('restoreBackup', { params })
    return call({ params })
  }),
  by('uploadFirmware', 'firmware_uploaded', async () => release()),
  by('changeFirmware', 'firmware_changed', async (call) =>
    call({ params: await release(), body: { state: 'active' } }),
  ),
  by('deleteFirmware', 'firmware_removed', async (call) => {
    const params = await release()
    await api.admin.call('changeFirmware', { params, body: { state: 'withdrawn' } })
    return call({ params })
  }),
  by('setFirmwareRing', 'firmware_ring_changed', (call) => call({ params: kitchen, body: { ring: 'canary' } })),
  by('addFirmwareKey', 'firmware_key_added', (call) => call({ body: { name: 'Key', public_key: key.publicKey } })),
  by('removeFirmwareKey', 'firmware_key_removed', async (call) => {
    await release()
    const { items } = await api.admin.call('listFirmwareKeys', {})
    return call({ params: { key_id: items[0]?.key_id ?? '' } })
  }),
])
const inHome = () => ({ homeId: api.homeId })

const entries = () =>
  api.fixture.store.db
    .prepare<[], { actor: string; action: string; detail: string }>(
      'SELECT actor, action, detail FROM audit ORDER BY audit_id',
    )
    .all()

test('whatever changes something is in the audit log, or there is a reason why it is not', () => {
  const undecided = endpointNames
    .filter((name) => contract[name].method !== 'GET')
    .filter((name) => recorded.has(name) === (unrecorded[name] !== undefined))
  expect(undecided).toEqual([])
})

describe('the audit log has', () => {
  test.each([...recorded])('%s, by whom and what', async (name, { action, actor, run }) => {
    const before = name === 'setUp' ? 0 : entries().length
    await run()
    expect(entries().slice(before)).toContainEqual(expect.objectContaining({ action, actor }))
  })

  test('no secret and nothing that was said', async () => {
    for (const name of [
      'createApiToken',
      'createInvitation',
      'createEnrolmentToken',
      'setTurnFeedback',
      'announce',
    ] as const)
      await recorded.get(name)?.run()
    const text = JSON.stringify(entries())
    for (const never of ['It was noon', 'Dinner', password, 'mynah_']) expect(text).not.toContain(never)
    expect(text).not.toMatch(/[A-Za-z0-9_-]{43}/)
  })
})
