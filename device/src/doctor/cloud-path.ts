import type { Clock } from '@mynah/shared/time/clock.ts'
import { createOpener, createSealer } from '@mynah/shared/wire/datagram.ts'
import { decodeToDevice, encodeMessage } from '@mynah/shared/wire/message.ts'
import { deriveSessionKeys, mqttPasswordOf, newSessionId } from '@mynah/shared/wire/session-keys.ts'
import { topicOf } from '@mynah/shared/wire/topics.ts'
import type { SpeakerIdentity } from '../identity/identity.ts'
import { type MqttConnection, MqttRefusedError, type NetworkDeps } from '../link/connect.ts'
import type { Examination } from './examination.ts'

export type CloudPathDeps = {
  readonly clock: Clock
  readonly identity: SpeakerIdentity
  readonly network: Pick<NetworkDeps, 'connectMqtt' | 'connectUdp'>
}

export type CloudPath = Required<Pick<Examination, 'broker' | 'udp'>>

const connectMs = 8_000
const acknowledgementMs = 2_000
const probeEveryMs = 200
const probes = 8

/** The way to the cloud, tried: log in, open a session, a sealed probe by UDP and its answer. The session is cancelled at once. */
export const examineCloudPath = async (deps: CloudPathDeps): Promise<CloudPath> => {
  const { clock, identity, network } = deps
  const { deviceId, deviceSecret } = identity
  const connecting = network.connectMqtt({
    url: identity.mqttUrl,
    clientId: deviceId,
    username: deviceId,
    password: mqttPasswordOf(deviceSecret),
    will: { topic: topicOf(deviceId, 'status'), payload: encodeMessage('status', { online: false }) },
  })
  try {
    const connection = await Promise.race([connecting, clock.sleep(connectMs).then(() => undefined)])
    if (!connection) return { broker: 'unreachable', udp: { type: 'not_tried' } }
    try {
      return { broker: 'reached', udp: await tryUdp(deps, connection) }
    } finally {
      await connection.close()
    }
  } catch (error) {
    return { broker: error instanceof MqttRefusedError ? 'refused' : 'unreachable', udp: { type: 'not_tried' } }
  }
}

const tryUdp = async (deps: CloudPathDeps, connection: MqttConnection): Promise<CloudPath['udp']> => {
  const { clock, identity, network } = deps
  const { deviceId, deviceSecret } = identity
  const sessionId = newSessionId()
  const topic = topicOf(deviceId, 'wake/ack')
  const acknowledged = new Promise<{ host: string; port: number } | undefined>((resolve) => {
    connection.onMessage((at, payload) => {
      const ack = at === topic ? decodeToDevice('wake/ack', payload) : undefined
      if (ack?.ok && ack.value.session_id === sessionId) resolve(ack.value.udp)
    })
  })
  await connection.subscribe([topic])
  const publish = (kind: 'wake' | 'session_end', payload: Uint8Array) =>
    connection.publish(topicOf(deviceId, kind), payload, { retain: false })
  await publish(
    'wake',
    encodeMessage('wake', {
      session_id: sessionId,
      trigger: 'button',
      audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
      pre_roll_ms: 0,
    }),
  )
  const udp = await Promise.race([acknowledged, clock.sleep(acknowledgementMs).then(() => undefined)])
  if (!udp) return { type: 'not_tried' }
  const transport = await network.connectUdp(udp)
  try {
    const { uplinkKey, downlinkKey, streamId } = deriveSessionKeys(deviceSecret, sessionId)
    const sealer = createSealer({ key: uplinkKey, streamId, direction: 'uplink' })
    const opener = createOpener({ key: downlinkKey, streamId, direction: 'downlink' })
    let sentAtMs = clock.now()
    const answered = new AbortController()
    let roundTripMs: number | undefined
    transport.onDatagram((bytes) => {
      if (!opener.open(bytes).ok) return
      roundTripMs ??= clock.now() - sentAtMs
      answered.abort()
    })
    for (let probe = 0; probe < probes && !answered.signal.aborted; probe++) {
      sentAtMs = clock.now()
      transport.send(sealer.seal({ type: 'probe', mediaTime: 0, payload: new Uint8Array() }))
      await clock.sleep(probeEveryMs, answered.signal)
    }
    return roundTripMs === undefined ? { type: 'blocked' } : { type: 'passes', roundTripMs }
  } finally {
    await transport.close()
    const audio = { sent: 0, lost: 0, recovered: 0, late: 0, concealed: 0 }
    await publish(
      'session_end',
      encodeMessage('session_end', { session_id: sessionId, reason: 'cancelled', timings: {}, audio }),
    )
  }
}
