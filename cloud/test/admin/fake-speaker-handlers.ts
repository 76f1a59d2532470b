import type { ConfigChangeBody, DeviceDetail } from '@mynah/shared/api/devices.ts'
import { isBrowserId } from '@mynah/shared/api/talk.ts'
import type { TurnDetail } from '@mynah/shared/api/turns.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { nextWeeklyTime } from '@mynah/shared/time/weekly-time.ts'
import type { Handlers } from './fake-call.ts'
import { FakeProblem } from './fake-problem.ts'
import { type FakeState, viewOf } from './fake-state.ts'

const deviceOf = (state: FakeState, id: string): DeviceDetail => {
  const device = state.devices.get(id)
  if (!device) throw new FakeProblem(404, 'not_found')
  return device
}

const putDevice = (state: FakeState, device: DeviceDetail): DeviceDetail => {
  state.devices.set(device.device_id, device)
  const { device_id, home_id } = device
  state.emit({ type: 'status_update', device_id, home_id, device: viewOf(device) })
  return device
}

const turnOf = (state: FakeState, id: string): TurnDetail => {
  const turn = state.turns.find(({ session_id: sessionId }) => sessionId === id)
  if (!turn) throw new FakeProblem(404, 'not_found')
  return turn
}

const dropTurns = (state: FakeState, isGone: (turn: TurnDetail) => boolean) => {
  const before = state.turns.length
  state.turns = state.turns.filter((turn) => !isGone(turn))
  return { deleted: before - state.turns.length }
}

/** As the cloud does: what is not set any more is left out. */
const settingsAfter = (config: DeviceDetail['config']['config'], change: ConfigChangeBody) =>
  // The fields of both, without those that are null.
  Object.fromEntries(
    Object.entries({ ...config, ...change }).filter(([, value]) => value !== null),
  ) as DeviceDetail['config']['config']

export const speakerHandlers: Handlers = {
  listDevices: ({ state, me }) => ({
    items: [...state.devices.values()]
      .filter(({ home_id: id }) => me.homes.some((home) => home.home_id === id))
      .map(viewOf),
    next_cursor: null,
  }),
  getDevice: ({ state, params }) => deviceOf(state, params.device_id),
  updateDevice: ({ state, params, body }) => {
    const device = deviceOf(state, params.device_id)
    return putDevice(state, { ...device, name: body.name ?? device.name, room: body.room ?? device.room })
  },
  getDeviceConfig: ({ state, params }) => deviceOf(state, params.device_id).config,
  setDeviceConfig: ({ state, params, body, ifMatch }) => {
    const device = deviceOf(state, params.device_id)
    const { version } = device.config
    if (ifMatch !== undefined && ifMatch !== version) {
      throw new FakeProblem(409, 'version_conflict', { current_version: version })
    }
    const outcome = device.online ? 'applied' : 'pending'
    const config = {
      ...device.config,
      version: version + 1,
      state: outcome,
      config: settingsAfter(device.config.config, body),
      error: null,
    } as const
    const heard = device.online ? { volume: body.volume ?? device.volume, muted: body.muted ?? device.muted } : {}
    return putDevice(state, {
      ...device,
      ...heard,
      name: body.name ?? device.name,
      room: body.room === undefined ? device.room : body.room,
      config,
      config_version: config.version,
      config_state: outcome,
    }).config
  },
  commandDevice: ({ state, params, body }) => {
    if (!deviceOf(state, params.device_id).online) throw new FakeProblem(409, 'device_offline')
    if (body.command !== 'doctor') return { state: 'done' }
    const findings = [
      { check: 'microphone', level: 'good', code: 'works', measured: { level_dbfs: -52 } },
      { check: 'wifi', level: 'bad', code: 'weak', measured: { signal_dbm: -80 } },
      { check: 'disk', level: 'note', code: 'low', measured: { free_mb: 200 } },
    ].map((finding) => ({ ...finding, text: `${finding.check} in the language of the speaker` }))
    return { state: 'done', report: { healthy: false, findings, volume: 40 } }
  },
  transferDevice: ({ state, params, body }) =>
    putDevice(state, { ...deviceOf(state, params.device_id), home_id: body.home_id }),
  unclaimDevice: ({ state, params }) => {
    const { device_id, home_id } = deviceOf(state, params.device_id)
    state.devices.delete(device_id)
    state.emit({ type: 'device_removed', device_id, home_id })
    return undefined
  },
  listEnrolmentTokens: ({ state }) => ({
    items: [
      {
        token_id: 'e-0',
        name: 'Workshop',
        for_device_id: null,
        created_at: state.at(-30),
        expires_at: state.at(1_400),
        used_by: null,
      },
    ],
  }),
  createEnrolmentToken: ({ state, body }) => ({
    token_id: 'e-1',
    name: body.name ?? null,
    for_device_id: null,
    created_at: state.at(0),
    expires_at: state.at(1_440),
    used_by: null,
    token: 'mynah1.AAECAwQFBgcICQoLDA0ODw.EBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8',
    cloud_url: 'http://192.168.1.2:8080',
    qr_text:
      'mynah:enrol?cloud=http%3A%2F%2F192.168.1.2%3A8080&token=mynah1.AAECAwQFBgcICQoLDA0ODw.EBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8',
  }),
  claimDevice: ({ body }) => {
    if (body.code !== '123456') throw new FakeProblem(404, 'code_unknown')
    return { device_id: 'kitchen' }
  },
  listSchedules: ({ state }) => ({ items: state.schedule }),
  getSchedule: ({ state, params }) => ({
    items: state.schedule.filter(({ device_id: id }) => id === params.device_id),
  }),
  setScheduleItem: ({ state, params, body }) => {
    if (!deviceOf(state, params.device_id).online) return { state: 'no_answer', item_id: params.item_id }
    const others = state.schedule.filter(({ item_id: id }) => id !== params.item_id)
    const nextMs = body.repeat && nextWeeklyTime(body.repeat, instant(state.at(0)).getTime())
    const fires_at = nextMs === undefined ? (body.fires_at ?? state.at(0)) : instant(nextMs).toISOString()
    state.schedule = [{ device_id: params.device_id, item_id: params.item_id, ...body, fires_at }, ...others]
    return { state: 'applied', item_id: params.item_id }
  },
  cancelScheduleItem: ({ state, params }) => {
    state.schedule = state.schedule.filter(({ item_id: id }) => id !== params.item_id)
    return { state: 'applied', item_id: params.item_id }
  },
  announceRecording: ({ state, query }) => ({
    announcement_id: 'a-2',
    results: [...state.devices.values()]
      .filter(({ device_id: id, room }) => {
        if (query.device_ids !== undefined) return query.device_ids.split(',').includes(id)
        return query.room === undefined || query.room === room
      })
      .map(({ device_id, online }) => ({
        device_id,
        state: online ? 'sent' : 'offline',
        play_id: online ? `play-${device_id}` : null,
        code: null,
      })),
  }),
  announce: ({ state, body: { target } }) => {
    const hears = ({ device_id: id, room }: DeviceDetail) =>
      target.type === 'all' || (target.type === 'room' ? room === target.room : target.device_ids.includes(id))
    return {
      announcement_id: 'a-1',
      results: [...state.devices.values()].filter(hears).map(({ device_id, online }) => ({
        device_id,
        state: online ? 'sent' : 'offline',
        play_id: online ? `play-${device_id}` : null,
        code: null,
      })),
    }
  },
  listTurns: ({ state, query }) => {
    const matches = state.turns.filter(
      (turn) =>
        (query.device_id === undefined || turn.device_id === query.device_id) &&
        (query.outcome === undefined || turn.outcome === query.outcome) &&
        (query.q === undefined || `${turn.heard} ${turn.reply}`.toLowerCase().includes(query.q.toLowerCase())),
    )
    const start = query.cursor === undefined ? 0 : Number(query.cursor)
    const end = start + (query.limit ?? 50)
    return {
      items: matches.slice(start, end),
      next_cursor: end < matches.length ? String(end) : null,
      searched_all: true,
    }
  },
  exportTurns: ({ state }) => new TextEncoder().encode(JSON.stringify(state.turns)),
  getTurn: ({ state, params }) => turnOf(state, params.session_id),
  deleteTurn: ({ state, params }) => {
    dropTurns(state, ({ session_id: id }) => id === params.session_id)
    return undefined
  },
  setTurnFeedback: ({ state, params, body: { verdict, note = null } }) => {
    const turn = turnOf(state, params.session_id)
    const changed = { ...turn, feedback: verdict === 'none' ? null : { verdict, note } }
    state.turns = state.turns.map((other) => (other === turn ? changed : other))
    return changed
  },
  deleteDeviceTurns: ({ state, params }) => dropTurns(state, ({ device_id: id }) => id === params.device_id),
  deleteMyTurns: ({ state }) => dropTurns(state, ({ device_id: id }) => isBrowserId(id)),
  deleteHomeTurns: ({ state, params }) => dropTurns(state, ({ home_id: id }) => id === params.home_id),
  setRetention: ({ body }) => ({ keep_days: body.keep_days, keep_sound: body.keep_sound ?? null }),
  getHomeRetention: ({ state, params }) =>
    state.retention.get(params.home_id) ?? { keep_days: null, keep_sound: false },
  setHomeRetention: ({ state, params, body }) => {
    state.retention.set(params.home_id, body)
    return body
  },
  getHeardSound: () => encodeWav(new Int16Array(16_000), 16_000),
  getSpokenSound: () => encodeWav(new Int16Array(24_000), 24_000),
  deleteTurnSound: ({ state, params }) => {
    state.turns = state.turns.map((turn) => (turn.session_id === params.session_id ? { ...turn, sound: null } : turn))
    return undefined
  },
}
