import type { AiSettingsView } from '@mynah/shared/api/ai-settings.ts'
import type { DeviceDetail, DeviceView } from '@mynah/shared/api/devices.ts'
import type { ScheduledView } from '@mynah/shared/api/schedules.ts'
import type { BackupView, TurnMetrics } from '@mynah/shared/api/system.ts'
import type { TurnDetail } from '@mynah/shared/api/turns.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import type { At } from './fake-people.ts'

const device = (device_id: string, name: string | null, room: string | null, at: At): DeviceView => ({
  device_id,
  home_id: 'h-home',
  name,
  room,
  online: true,
  seen_at: at(-0.2),
  phase: 'idle',
  volume: 40,
  muted: false,
  battery: null,
  temperature_c: 48,
  wifi_rssi_dbm: -54,
  cpu: 0.11,
  memory: 148_000_000,
  uptime_ms: 277_000_000,
  firmware: '0.4.1',
  language: 'en',
  config_version: 6,
  config_state: 'applied',
})

/** A household, and as many unnamed ones as are asked for. */
export const devicesOf = (at: At, extra: number): DeviceView[] => [
  device('kitchen', 'Kitchen', 'Kitchen', at),
  { ...device('fridge', 'Fridge', 'Kitchen', at), volume: 25 },
  { ...device('living', 'Living room', 'Living room', at), phase: 'speaking', volume: 55 },
  { ...device('study', '书房', 'Study', at), language: 'zh', muted: true },
  { ...device('bedroom', 'Bedroom', 'Bedroom', at), battery: 12, config_state: 'pending' },
  { ...device('attic', 'Attic', 'Attic', at), temperature_c: 81, wifi_rssi_dbm: -82 },
  { ...device('garage', 'Garage', 'Garage', at), online: false, seen_at: at(-190) },
  { ...device('terrace', 'Terrace', null, at), online: false, seen_at: at(-6_000), config_state: 'refused' },
  { ...device('mynah-7f3a', null, null, at), volume: null, config_state: 'none', config_version: 0 },
  ...Array.from({ length: extra }, (_, index) =>
    device(`fleet-${index}`, `Speaker ${index}`, `Room ${index % 40}`, at),
  ),
]

export const detailOf = (view: DeviceView, at: At): DeviceDetail => ({
  ...view,
  enrolled_at: at(-80_000),
  config: {
    device_id: view.device_id,
    version: view.config_version,
    state: view.config_state,
    config: {
      ...(view.name ? { name: view.name } : {}),
      ...(view.room ? { room: view.room } : {}),
      language: view.language,
      volume: view.volume ?? 50,
      wake: { words: ['hey_jarvis'], preset: 'normal' },
      follow_up_ms: 6_000,
      quiet_hours: { from: '22:00', to: '07:00' },
      time_zone: 'Europe/Zurich',
    },
    error:
      view.config_state === 'refused'
        ? { code: 'unknown_word', field: 'wake', message: 'there is no wake word "marvin"' }
        : null,
  },
  keep_days: 30,
  keep_sound: null,
  turn_count: 412,
  events: [
    { at: at(-4), type: 'mute_changed', detail: {} },
    { at: at(-65), type: 'timer_fired', detail: { item_id: 'pasta' } },
    { at: at(-300), type: 'error', detail: { code: 'schedule_missed', message: 'alarm of 07:00 was missed' } },
    { at: at(-2_900), type: 'update_state', detail: { code: 'confirmed', message: '0.4.1 runs' } },
  ],
})

export const scheduleOf = (at: At): ScheduledView[] => [
  {
    device_id: 'kitchen',
    item_id: 'pasta',
    kind: 'timer',
    fires_at: at(7),
    duration_ms: 600_000,
    label: 'Pasta',
  },
  { device_id: 'bedroom', item_id: 'wake', kind: 'alarm', fires_at: at(560) },
  {
    device_id: 'bedroom',
    item_id: 'school',
    kind: 'alarm',
    fires_at: at(900),
    label: 'School',
    repeat: { weekdays: [1, 2, 3, 4, 5], at: '06:45', time_zone: 'Europe/Zurich' },
  },
  { device_id: 'study', item_id: 'call', kind: 'reminder', fires_at: at(1_500), label: '给妈妈打电话' },
]

const talk = [
  ['en', 'what time is it', 'It is twenty to five.', 'skill:time', 'completed'],
  ['en', 'set a timer for ten minutes', 'Ten minutes, starting now.', 'skill:timer', 'completed'],
  ['zh', '今天星期几', '今天是星期天。', 'skill:date', 'completed'],
  ['en', 'tell me about the hill mynah', 'The hill mynah is a starling that learns to talk.', 'llm', 'barge_in'],
  ['en', '', '', null, 'no_speech'],
  ['zh', '把音量调大一点', '好的，音量五十五。', 'skill:volume', 'completed'],
  ['en', 'how far is the moon', 'Sorry, I cannot reach my language model.', 'llm', 'failed'],
] as const

const rooms = ['kitchen', 'living', 'study', 'bedroom'] as const

/** Four days of conversations, newest first. */
export const turnsOf = (at: At, count: number): TurnDetail[] => {
  const random = seededRandom(7)
  return Array.from({ length: count }, (_, index) => {
    const [language, heard, reply, answeredBy, outcome] = talk[index % talk.length] ?? talk[0]
    const usesModel = answeredBy === 'llm'
    const commit = 180 + random() * 120
    const stt = 20 + random() * 30
    const model = usesModel ? 310 + random() * 200 : 0
    const voice = 60 + random() * 60
    const firstSound = commit + stt + model + voice + 35
    const answered = answeredBy !== null
    return {
      session_id: `turn${String(index).padStart(18, '0')}`,
      conversation_id: `c-${Math.floor(index / 2)}`,
      device_id: index % 9 === 6 ? 'browser-0123456789abcdef-1' : (rooms[index % rooms.length] ?? 'kitchen'),
      speaker_name: index % 9 === 6 ? 'Laptop' : null,
      talked_by: index % 9 === 6 ? 'Ada' : null,
      home_id: 'h-home',
      language,
      trigger: index % 5 === 4 ? 'follow_up' : 'wake_word',
      started_at: at(-12 - index * 97),
      ended_at: at(-11.9 - index * 97),
      heard,
      reply,
      answered_by: answeredBy,
      tools: usesModel ? ['get_time'] : [],
      outcome,
      failure: outcome === 'failed' ? { stage: 'llm', code: 'unavailable' } : null,
      timings: answered
        ? {
            wake_to_first_packet: 9,
            wake_to_first_packet_received: 12,
            cloud_wake_to_ack: 3,
            first_partial: 410,
            wake_to_first_partial: 398,
            end_of_speech_to_commit: commit,
            stt_final: stt,
            ...(usesModel ? { llm_first_token: model } : {}),
            tts_first_audio: voice,
            commit_to_first_audio: firstSound - commit,
            end_of_speech_to_first_audio: firstSound,
            cloud_total: stt + model + voice + 4,
            cloud_added: 4,
            total: 4_200,
          }
        : { wake_to_first_packet: 9 },
      feedback: null,
      sound: index % 3 === 0 ? { heard_ms: 2_840, spoken_ms: 1_960 } : null,
      wake_word: 'hey_jarvis',
      score: 0.93,
      heard_reply: outcome === 'barge_in' ? 'The hill mynah is a' : reply,
      device_audio: { sent: 190, lost: 1, recovered: 1, late: 0, concealed: 0 },
      uplink_audio: { received: 142, lost: 0, recovered: 0, late: 0, duplicate: 0 },
      conversation: [],
    }
  })
}

export const aiSettingsOf = (homeId: string, at: At): AiSettingsView => ({
  home_id: homeId,
  version: 3,
  updated_at: at(-2_000),
  llm: { type: 'openai', url: 'http://192.168.1.5:11434/v1', model: 'qwen3:8b', has_api_key: true },
  stt: { type: 'cloud' },
  tts: { type: 'riva', address: '192.168.1.5:50051', tls: false, has_token: false },
  personas: [
    {
      name: 'Mynah',
      wake_words: ['hey_jarvis'],
      prompt: 'You are Mynah, a calm and friendly bird. Answer in one or two sentences.',
      language: null,
      voice: null,
    },
    { name: '小智', wake_words: ['小智小智'], prompt: '你是小智，说话简短、亲切。', language: 'zh', voice: null },
  ],
  heard_wake_words: ['alexa', 'hey_jarvis'],
})

export const backupsOf = (at: At): BackupView[] => [
  {
    name: 'mynah-2026-11-22T03-00-00.sqlite3',
    made_at: at(-700),
    size_bytes: 48_300_000,
    restore_pending: false,
  },
]

/** Figures of the last `hours`, slot by slot. */
export const metricsOf = (at: At, hours: number): TurnMetrics => {
  const random = seededRandom(hours)
  const bucketS = hours > 200 ? 86_400 : hours > 24 ? 21_600 : 3_600
  const slots = Math.round((hours * 3_600) / bucketS)
  const series = Array.from({ length: slots }, (_, slot) => {
    const turns = Math.round(random() * 14)
    const p50 = 380 + random() * 160
    return {
      at: at(((slot - slots) * bucketS) / 60),
      turns,
      failed: random() > 0.8 ? 1 : 0,
      latency_p50_ms: turns > 0 ? p50 : null,
      latency_p95_ms: turns > 0 ? p50 * 1.9 : null,
    }
  })
  return {
    from: at(-hours * 60),
    to: at(0),
    bucket_s: bucketS,
    turn_count: series.reduce((sum, { turns }) => sum + turns, 0),
    failed_count: series.reduce((sum, { failed }) => sum + failed, 0),
    hops: {
      end_of_speech_to_first_audio: { count: 160, p50: 452, p95: 861 },
      end_of_speech_to_commit: { count: 160, p50: 221, p95: 318 },
      stt_final: { count: 160, p50: 31, p95: 66 },
      llm_first_token: { count: 48, p50: 402, p95: 690 },
      tts_first_audio: { count: 151, p50: 88, p95: 140 },
    },
    series,
    failures: [
      { stage: 'llm', code: 'unreachable', count: 3 },
      { stage: 'link', code: 'link_lost', count: 1 },
    ],
  }
}
