import type { AiSettingsChange, AiSettingsView } from '@mynah/shared/api/ai-settings.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import type { Handlers } from './fake-call.ts'
import { FakeProblem } from './fake-problem.ts'
import { metricsOf } from './fake-speakers.ts'

/** As the cloud does: a secret is kept and never sent back. */
const llmView = (change: NonNullable<AiSettingsChange['llm']>): AiSettingsView['llm'] => {
  if (change.type !== 'openai') return change
  const { api_key: key, ...rest } = change
  return { ...rest, has_api_key: key !== null }
}
const speechView = (change: NonNullable<AiSettingsChange['stt']>): AiSettingsView['stt'] => {
  if (change.type !== 'riva') return change
  const { token, ...rest } = change
  return { ...rest, has_token: token !== null && token !== undefined }
}

const broker = 'mqtt://192.168.1.2:1883'

export const systemHandlers: Handlers = {
  getAiSettings: ({ state, params }) => {
    const settings = state.ai.get(params.home_id)
    if (!settings) throw new FakeProblem(404, 'not_found')
    return settings
  },
  setAiSettings: ({ state, params, body, ifMatch }) => {
    const before = state.ai.get(params.home_id)
    if (!before) throw new FakeProblem(404, 'not_found')
    if (ifMatch !== undefined && ifMatch !== before.version) throw new FakeProblem(409, 'version_conflict')
    const after: AiSettingsView = {
      ...before,
      version: before.version + 1,
      updated_at: state.at(0),
      llm: body.llm ? llmView(body.llm) : before.llm,
      stt: body.stt ? speechView(body.stt) : before.stt,
      tts: body.tts ? speechView(body.tts) : before.tts,
      personas: body.personas ?? before.personas,
    }
    state.ai.set(params.home_id, after)
    return after
  },
  tryAi: ({ body }) => ({
    ok: true,
    first_ms: 312,
    total_ms: 940,
    text: body.stage === 'llm' ? 'The capital of Switzerland is Bern.' : body.text,
    wav_base64: body.stage === 'tts' ? Buffer.from(encodeWav(new Int16Array(16_000), 16_000)).toString('base64') : null,
    error: null,
  }),
  listAlerts: ({ state }) => ({ items: state.alerts }),
  listAlertHistory: ({ state, query }) => ({
    items: state.alertHistory.filter(
      ({ kind, ended_at: ended }) =>
        (!query.kind || kind === query.kind) && (!query.since || !ended || ended >= query.since),
    ),
    next_cursor: null,
  }),
  getHealth: ({ state }) => ({
    status: 'ready',
    parts: [
      { name: 'store', ready: true, detail: 'schema version 6', facts: { schema_version: 6 } },
      { name: 'broker', ready: true, detail: broker, facts: { address: broker } },
      { name: 'speech', ready: true, detail: '127.0.0.1:50051', facts: { address: '127.0.0.1:50051' } },
      { name: 'audio plane', ready: true, detail: '2 workers', facts: { workers: 2 } },
      { name: 'language model', ready: true, detail: 'none connected', facts: { model: 'none' } },
      { name: 'disk', ready: true, detail: '21500 MB free', facts: { free_bytes: 21_500_000_000 } },
    ],
    providers: [
      {
        home_id: state.homes[0]?.home_id ?? '',
        stage: 'stt',
        ready: false,
        answers: true,
        last_turn: { ok: false, code: 'refused', at: state.at(-12) },
      },
      { home_id: state.homes[0]?.home_id ?? '', stage: 'tts', ready: true, answers: true, last_turn: null },
    ],
  }),
  getAbout: ({ state }) => ({
    version: '0.1.0',
    node_version: 'v20.20.2',
    schema_version: 2,
    started_at: state.at(-4_300),
    licence: 'Apache-2.0',
  }),
  getTurnMetrics: ({ state, query }) => metricsOf(state.at, query.hours ?? 24),
  listBackups: ({ state }) => ({ items: state.backups, note: '' }),
  createBackup: ({ state }) => {
    const backup = {
      name: `mynah-2026-11-22T04-00-0${state.backups.length}.sqlite3`,
      made_at: state.at(0),
      size_bytes: 48_400_000,
      restore_pending: false,
    }
    state.backups = [backup, ...state.backups]
    return backup
  },
  deleteBackup: ({ state, params }) => {
    state.backups = state.backups.filter(({ name }) => name !== params.backup_name)
    return undefined
  },
  downloadBackup: () => new Uint8Array([1, 2, 3]),
  createLiveTicket: ({ me }) => ({ ticket: me.person_id, expires_in_s: 30 }),
  createTalkTicket: ({ me }) => ({ ticket: me.person_id, expires_in_s: 30 }),
}
