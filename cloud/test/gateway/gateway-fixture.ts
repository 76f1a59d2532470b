import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { enrolmentProof, newEnrolmentToken, newNonce } from '@mynah/shared/wire/enrolment.ts'
import { createApp } from '../../src/app.ts'
import { createDeviceCredentials } from '../../src/auth/device-credentials.ts'
import { createEnrolment } from '../../src/gateway/enrolment.ts'
import { createOneTimeAudio } from '../../src/gateway/one-time-audio.ts'
import { createPhraseSounds } from '../../src/gateway/phrases.ts'
import { createRequestCount } from '../../src/gateway/request-count.ts'
import { createMetrics } from '../../src/metrics/registry.ts'
import { StageError, type TextToSpeech } from '../../src/providers/stages.ts'
import { temporaryStore } from '../temporary-store.ts'

/** A voice of 16 kHz whose every sample is the length of the text; `fail` makes it fail, `calls` counts. */
export const createScriptedVoice = () => {
  const script = { calls: 0, fail: false }
  const tts: TextToSpeech = {
    synthesize: async function* ({ text }) {
      script.calls += 1
      if (script.fail) throw new StageError('tts', 'unavailable', 'no voice')
      yield { samples: new Int16Array(320).fill(text.length), sampleRateHz: 16_000 }
      yield { samples: new Int16Array(320).fill(text.length), sampleRateHz: 16_000 }
    },
  }
  return { tts, script }
}

export const createGateway = () => {
  const clock = createManualClock()
  const fixture = temporaryStore(clock)
  const { store } = fixture
  const { tts, script } = createScriptedVoice()
  const enrolled: string[] = []
  const credentials = createDeviceCredentials(store.devices)
  const oneTimeAudio = createOneTimeAudio({ clock, voiceOf: () => tts })
  const stop = new AbortController()
  const readiness = { broker: true }
  const metrics = createMetrics()
  const app = createApp({
    clock,
    log: silentLog,
    metrics,
    countRequest: createRequestCount(metrics, clock),
    trustProxy: false,
    credentials,
    enrol: createEnrolment({
      clock,
      log: silentLog,
      store,
      mqttUrl: () => 'mqtt://10.0.0.1:8783',
      addressFor: () => ({ host: '10.0.0.1', port: 8710 }),
      onEnrolled: (deviceId) => enrolled.push(deviceId),
    }),
    oneTimeAudio,
    phrases: createPhraseSounds({ dir: join(fixture.dataDir, 'phrases'), tts, log: silentLog }, stop.signal),
    setup: store.setup,
    parts: async () => [{ name: 'broker', ready: readiness.broker, detail: '<b>mqtt</b>' }],
    status: async () => ({ version: '1.2.3', startedAt: '2026', speakers: { enrolled: 2, online: 1 }, turns: [] }),
  })
  const makeToken = (
    options: { validMs?: number; name?: string; room?: string; timeZone?: string; forDeviceId?: string } = {},
  ) => {
    const { validMs = 60_000, ...rest } = options
    const token = newEnrolmentToken()
    const expiresAt = instant(clock.wallTime().getTime() + validMs)
    store.enrolment.add({ ...token, homeId: store.devices.defaultHomeId(), expiresAt, ...rest })
    return token
  }
  const requestOf = (token: { tokenId: string; secret: Uint8Array }, deviceId: string, deviceNonce = newNonce()) => ({
    v: 1,
    token_id: token.tokenId,
    device_id: deviceId,
    device_nonce: deviceNonce,
    proof: enrolmentProof(token.secret, { tokenId: token.tokenId, deviceId, deviceNonce }),
  })
  const post = (body: unknown) =>
    app.request('/api/enrol', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const close = () => {
    stop.abort()
    fixture.close()
  }
  return { app, clock, store, script, enrolled, oneTimeAudio, readiness, makeToken, requestOf, post, close }
}
