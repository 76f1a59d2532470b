import type { RequestOf } from '@mynah/shared/api/contract.ts'
import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { parseEnrolmentToken } from '@mynah/shared/wire/enrolment.ts'
import { describe, expect, test } from 'vitest'
import { apiPerTest } from './api-per-test.ts'

const api = apiPerTest(['kitchen'])

const list = (ifNoneMatch?: string) =>
  api.fixture.raw('listDevices', {
    headers: {
      authorization: `Bearer ${api.admin.kept.token}`,
      ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
    },
  })
const kitchen = { params: { device_id: 'kitchen' } }

describe('the list of speakers', () => {
  test('is not sent again while it is the same, and is never stale after a change', async () => {
    const etag = (await list()).headers.get('etag') ?? ''
    expect((await list(etag)).status).toBe(304)
    api.fixture.report('kitchen', { volume: 12 })
    const changed = await list(etag)
    expect(changed.status).toBe(200)
    expect(((await changed.json()) as { items: { volume: number }[] }).items[0]?.volume).toBe(12)
  })

  test('may be a minute old in what always changes', async () => {
    api.fixture.report('kitchen', { temperature_c: 40 })
    const etag = (await list()).headers.get('etag') ?? ''
    api.fixture.report('kitchen', { temperature_c: 41 })
    expect((await list(etag)).status).toBe(304)
    await api.fixture.clock.advance(60_001)
    expect((await list(etag)).status).toBe(200)
  })

  test('comes in pages', async () => {
    for (const deviceId of ['bath', 'attic', 'cellar']) api.fixture.enrol(deviceId, api.homeId)
    const first = await api.admin.call('listDevices', { query: { limit: 3 } })
    const second = await api.admin.call('listDevices', { query: { limit: 3, cursor: first.next_cursor ?? '' } })
    expect([...first.items, ...second.items].map(({ device_id }) => device_id)).toEqual([
      'attic',
      'bath',
      'cellar',
      'kitchen',
    ])
    expect(second.next_cursor).toBeNull()
  })
})

describe('a configuration', () => {
  test('is applied by a speaker that is there', async () => {
    api.fixture.connect('kitchen')
    const set = await api.admin.call('setDeviceConfig', { ...kitchen, body: { volume: 30, name: 'Kitchen' } })
    expect(set).toMatchObject({ version: 1, state: 'applied', config: { volume: 30, name: 'Kitchen' } })
    expect((await api.admin.call('listDevices', {})).items[0]).toMatchObject({
      name: 'Kitchen',
      config_state: 'applied',
    })
  })

  test('waits for a speaker that is away and is applied when it returns', async () => {
    const pending = api.admin.call('setDeviceConfig', { ...kitchen, body: { volume: 30 } })
    await api.fixture.clock.advance(0)
    await api.fixture.clock.advance(1_001)
    expect(await pending).toMatchObject({ version: 1, state: 'pending' })
    api.fixture.memory.receive({
      deviceId: 'kitchen',
      kind: 'config/ack',
      message: { v: 1, version: 1, applied: true },
    })
    expect((await api.admin.call('getDeviceConfig', kitchen)).state).toBe('applied')
    expect((await api.admin.call('listDevices', {})).items[0]?.config_state).toBe('applied')
  })

  test('keeps what others have set and refuses a change made on an older version', async () => {
    api.fixture.connect('kitchen')
    await api.admin.call('setDeviceConfig', { ...kitchen, body: { volume: 30 } })
    await api.admin.call('setDeviceConfig', { ...kitchen, body: { language: 'zh' } }, 1)
    expect(await api.admin.refusal('setDeviceConfig', { ...kitchen, body: { volume: 99 } }, 1)).toBe('version_conflict')
    expect((await api.admin.call('getDeviceConfig', kitchen)).config).toMatchObject({ volume: 30, language: 'zh' })
  })

  test('has volumes for media and alarms, which follow that of replies again when they are taken away', async () => {
    api.fixture.connect('kitchen')
    const own = { media_volume: 20, alarm_volume: 80, alarm_min_volume: 40 }
    await api.admin.call('setDeviceConfig', {
      ...kitchen,
      body: { ...own, quiet_hours: { from: '22:00', to: '07:00' } },
    })
    const follow = { media_volume: null, alarm_volume: null, quiet_hours: null }
    const after = await api.admin.call('setDeviceConfig', { ...kitchen, body: follow })
    expect(after).toMatchObject({ version: 2, state: 'applied' })
    const sent = api.fixture.memory.sent.filter(({ kind }) => kind === 'config').map(({ message }) => message)
    expect(sent).toEqual([
      { v: 1, version: 1, ...own, quiet_hours: { from: '22:00', to: '07:00' } },
      { v: 1, version: 2, alarm_min_volume: 40 },
    ])
    for (const media_volume of [-1, 101, 1.5, '20']) {
      const body = { media_volume: media_volume as number }
      expect(await api.admin.refusal('setDeviceConfig', { ...kitchen, body })).toBe('bad_request')
    }
  })
})

describe('a configuration of words', () => {
  test('loses a room, a voice or a time zone that is taken away', async () => {
    api.fixture.connect('kitchen')
    const set = { room: 'Kitchen', voice: 'girl', time_zone: 'Asia/Shanghai', language: 'zh' as const }
    await api.admin.call('setDeviceConfig', { ...kitchen, body: set })
    const body = { room: null, voice: null, time_zone: null }
    expect((await api.admin.call('setDeviceConfig', { ...kitchen, body })).config).toEqual({ language: 'zh' })
    expect((await api.admin.call('getDevice', kitchen)).room).toBeNull()
  })

  test('is refused with a time zone that is none before a speaker hears of it', async () => {
    for (const time_zone of ['Mars/Base', '', 'x'.repeat(300)])
      expect(await api.admin.refusal('setDeviceConfig', { ...kitchen, body: { time_zone } })).toBe('bad_request')
    expect((await api.admin.call('getDeviceConfig', kitchen)).version).toBe(0)
  })
})

describe('a speaker', () => {
  test('joins by a token that is drawn as a QR code', async () => {
    const made = await api.admin.call('createEnrolmentToken', {
      params: { home_id: api.homeId },
      body: { name: 'Attic' },
    })
    const drawn = new URLSearchParams(made.qr_text.split('?')[1])
    expect(drawn.get('cloud')).toBe('http://mynah.test:8700')
    expect(parseEnrolmentToken(drawn.get('token') ?? '')).toMatchObject({ ok: true, value: { tokenId: made.token_id } })
    const listed = await api.admin.call('listEnrolmentTokens', { params: { home_id: api.homeId } })
    expect(JSON.stringify(listed)).not.toContain(made.token)
  })

  test('joins by the code that it says', async () => {
    const speaker = api.fixture.browser()
    const asked = await speaker.call('requestClaimCode', { body: { v: 1, device_id: 'attic' } })
    const poll = { body: { v: 1, poll_token: asked.poll_token } } as const
    expect((await speaker.call('pollClaimCode', poll)).state).toBe('waiting')
    await api.admin.call('claimDevice', { params: { home_id: api.homeId }, body: { code: asked.code } })
    const claimed = await speaker.call('pollClaimCode', poll)
    expect(parseEnrolmentToken(claimed.token ?? '').ok).toBe(true)
    expect(
      await api.admin.refusal('claimDevice', { params: { home_id: api.homeId }, body: { code: asked.code } }),
    ).toBe('code_unknown')
  })

  test('answers commands when it is there', async () => {
    expect(await api.admin.refusal('commandDevice', { ...kitchen, body: { command: 'identify' } })).toBe(
      'device_offline',
    )
    api.fixture.connect('kitchen')
    expect(await api.admin.call('commandDevice', { ...kitchen, body: { command: 'identify' } })).toEqual({
      state: 'done',
    })
  })

  test('moves to another home and its conversations stay', async () => {
    const sessionId = api.fixture.addTurn({ homeId: api.homeId })
    const other = await api.admin.call('createHome', { body: { name: 'Elsewhere' } })
    const guest = await api.fixture.invite(api.admin, other.home_id, 'admin', 'gil')
    await api.admin.call('transferDevice', { ...kitchen, body: { home_id: other.home_id } })
    expect((await guest.call('listDevices', {})).items).toHaveLength(1)
    expect(await guest.refusal('getTurn', { params: { session_id: sessionId } })).toBe('not_found')
    expect(await api.admin.refusal('getTurn', { params: { session_id: sessionId } })).toBe('ok')
  })

  test('is refused from the moment its owner parts from it', async () => {
    api.fixture.connect('kitchen')
    await api.admin.call('unclaimDevice', kitchen)
    expect(api.fixture.store.devices.find('kitchen')?.revoked).toBe(true)
    expect(api.fixture.cut).toContain('kitchen')
    expect(
      api.fixture.memory.sent.some(({ kind, message }) => kind === 'command' && message.command.type === 'unclaim'),
    ).toBe(true)
    expect(await api.admin.refusal('getDevice', kitchen)).toBe('not_found')
  })

  test('keeps its alarms, which are set here', async () => {
    api.fixture.connect('kitchen')
    const params = { device_id: 'kitchen', item_id: 'wake-up' }
    const body = { kind: 'alarm', fires_at: '2026-01-02T07:00:00Z', label: 'Up' } as const
    expect(await api.admin.call('setScheduleItem', { params, body })).toEqual({ state: 'applied', item_id: 'wake-up' })
    expect((await api.admin.call('listSchedules', {})).items).toMatchObject([
      { device_id: 'kitchen', item_id: 'wake-up', label: 'Up' },
    ])
  })

  test('is told the weekdays on which an alarm comes again, and its next time by the clock of their zone', async () => {
    api.fixture.connect('kitchen')
    const params = { device_id: 'kitchen', item_id: 'school' }
    const repeat = { weekdays: [1, 2, 3, 4, 5], at: '06:45', time_zone: 'Asia/Shanghai' }
    // Thursday, 1 January 2026, 08:00 in Shanghai.
    await api.admin.call('setScheduleItem', { params, body: { kind: 'alarm', repeat } })
    const item = { item_id: 'school', kind: 'alarm', fires_at: '2026-01-01T22:45:00.000Z', repeat }
    const sent = api.fixture.memory.sent.findLast(({ kind }) => kind === 'schedule')
    expect(sent?.message).toMatchObject({ change: { action: 'set', item } })
    expect((await api.admin.call('getSchedule', kitchen)).items).toEqual([{ device_id: 'kitchen', ...item }])
  })

  const weekly = { weekdays: [1], at: '07:00', time_zone: 'UTC' }
  test.each<[string, RequestOf<'setScheduleItem'>['body']]>([
    ['a timer that repeats', { kind: 'timer', repeat: weekly }],
    ['a zone that is none', { kind: 'alarm', repeat: { ...weekly, time_zone: 'Mars/Base' } }],
    ['a weekday twice', { kind: 'alarm', repeat: { ...weekly, weekdays: [1, 1] } }],
    ['no weekday', { kind: 'alarm', repeat: { ...weekly, weekdays: [] } }],
    ['an hour that no day has', { kind: 'alarm', repeat: { ...weekly, at: '24:00' } }],
    ['neither a time nor a repeat', { kind: 'alarm' }],
  ])('takes no item with %s', async (_what, body) => {
    api.fixture.connect('kitchen')
    const params = { device_id: 'kitchen', item_id: 'odd' }
    expect(await api.admin.refusal('setScheduleItem', { params, body })).toBe('bad_request')
  })
})

describe('an announcement', () => {
  test('goes to a room, and says which speakers are away', async () => {
    api.fixture.enrol('bath', api.homeId)
    for (const deviceId of ['kitchen', 'bath']) {
      const off = api.fixture.connect(deviceId)
      await api.admin.call('updateDevice', {
        params: { device_id: deviceId },
        body: { room: deviceId === 'bath' ? 'Up' : 'Down' },
      })
      off()
    }
    api.fixture.report('bath', { online: false })
    const announce = (target: { type: 'all' } | { type: 'room'; room: string }) =>
      api.admin.call('announce', { params: { home_id: api.homeId }, body: { text: 'Dinner', target } })
    expect((await announce({ type: 'room', room: 'down' })).results).toMatchObject([
      { device_id: 'kitchen', state: 'sent' },
    ])
    expect((await announce({ type: 'all' })).results.map(({ state }) => state)).toEqual(['offline', 'sent'])
  })

  test.each(['', '  \n ', '🎉 …', '!'])('of %j says nothing and is refused', async (text) => {
    api.fixture.connect('kitchen')
    const body = { text, target: { type: 'all' } } as const
    expect(await api.admin.refusal('announce', { params: { home_id: api.homeId }, body })).toBe('bad_request')
    expect(api.fixture.memory.sent.some(({ kind }) => kind === 'play')).toBe(false)
  })

  test('carries a recorded voice to be fetched once', async () => {
    api.fixture.connect('kitchen')
    const samples = Int16Array.from({ length: 1_600 }, (_, index) => 900 * Math.sin(index / 6))
    const body = encodeWav(samples, 16_000)
    await api.admin.call('announceRecording', { params: { home_id: api.homeId }, body })
    const play = api.fixture.memory.sent.find(({ kind }) => kind === 'play')
    const url = play?.kind === 'play' && play.message.source.type === 'url' ? play.message.source.url : ''
    const redeemed = api.fixture.oneTimeAudio.redeem(url.split('/').at(-1) ?? '')
    if (redeemed.type !== 'sound') throw new Error('no sound')
    for await (const piece of redeemed.synthesize(new AbortController().signal))
      expect([piece.sampleRateHz, piece.samples.length, levelDbfs(piece.samples) > -22]).toEqual([24_000, 2_400, true])
    expect(
      await api.admin.refusal('announceRecording', { params: { home_id: api.homeId }, body: new Uint8Array(50) }),
    ).toBe('bad_sound')
  })
})
