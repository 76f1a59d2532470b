import { createDecipheriv, createSecretKey } from 'node:crypto'
import { createJitterBuffer } from '@mynah/shared/audio/jitter-buffer.ts'
import { createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createOpener, createSealer, peekStreamId } from '@mynah/shared/wire/datagram.ts'
import { type CreateDatagramCipher, createNodeCipher } from '@mynah/shared/wire/datagram-cipher.ts'
import { deriveSessionKeys, newSessionId, streamIdHex } from '@mynah/shared/wire/session-keys.ts'
import { createAudioWorker } from '../src/bridge/plane/audio-worker.ts'
import { loadOpenSslCipher } from '../src/bridge/plane/openssl-cipher.ts'
import type { PeerPath } from '../src/bridge/plane/peer-path.ts'
import { createSpeechServers } from '../src/providers/speech-servers.ts'

/**
 * CPU time per datagram of the way up, in microseconds, by process.cpuUsage (wall time says little on a shared machine).
 * Run: npx tsx cloud/bench/bridge-receive.ts [streams] [seconds of audio per stream]
 */
const streams = Number(process.argv[2] ?? 100)
const frames = Number(process.argv[3] ?? 10) * 50

const samples = Int16Array.from({ length: 320 }, (_, index) => Math.round(6_000 * Math.sin(index / 5)))
const encoder = createOpusEncoder({ sampleRateHz: 16_000, bitrateBps: 24_000, complexity: 5 })
const payload = encoder.encode(samples)

type Traffic = {
  readonly keys: ReturnType<typeof deriveSessionKeys>
  readonly sessionId: string
  readonly datagrams: Uint8Array[]
}
const makeTraffic = (): Traffic => {
  const sessionId = newSessionId()
  const keys = deriveSessionKeys(new Uint8Array(32).fill(1), sessionId)
  const sealer = createSealer({ key: keys.uplinkKey, streamId: keys.streamId, direction: 'uplink' })
  const datagrams = Array.from({ length: frames }, (_, index) =>
    sealer.seal({ type: 'audio', mediaTime: index * 320, payload, redundancy: [payload, payload] }),
  )
  return { keys, sessionId, datagrams }
}
const measure = (name: string, count: number, work: () => void) => {
  const before = process.cpuUsage()
  work()
  const used = process.cpuUsage(before)
  console.log(`${name.padEnd(56)} ${((used.user + used.system) / count).toFixed(2)} us per datagram`)
}
/** Round robin, as it comes from the network. */
const inTurn = (traffic: readonly Traffic[], take: (each: Traffic, datagram: Uint8Array) => void) => {
  for (let index = 0; index < frames; index++) {
    for (const each of traffic) {
      const datagram = each.datagrams[index]
      if (datagram) take(each, datagram)
    }
  }
}

const total = streams * frames
const openAndReorder = (traffic: readonly Traffic[], createCipher: CreateDatagramCipher) => {
  const table = new Map(
    traffic.map(({ keys }) => [
      keys.streamId,
      {
        opener: createOpener({ key: keys.uplinkKey, streamId: keys.streamId, direction: 'uplink' }, createCipher),
        buffer: createJitterBuffer({
          mode: 'reorder',
          frameMs: 20,
          targetMs: 0,
          maxMs: 2_000,
          sampleRateHz: 16_000,
          reorderWaitMs: 60,
        }),
      },
    ]),
  )
  let popped = 0
  inTurn(traffic, (_, datagram) => {
    const stream = table.get(peekStreamId(datagram) ?? 0n)
    const opened = stream?.opener.open(datagram)
    if (!stream || !opened?.ok) return
    stream.buffer.push({ ...opened.value, frame: opened.value.payload }, 0)
    while (stream.buffer.pop(0).type === 'frame') popped++
  })
  if (popped !== total) throw new Error(`${total} frames expected, ${popped} came out`)
}

/** What node:crypto alone takes for the same bytes: the floor of the receive path, and the yardstick on a busy machine. */
const bareDecryption = (traffic: readonly Traffic[]) => {
  const keys = new Map(traffic.map((each) => [each, createSecretKey(each.keys.uplinkKey)]))
  const nonce = new Uint8Array(12)
  inTurn(traffic, (each, datagram) => {
    const key = keys.get(each)
    if (!key) return
    const gcm = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    gcm.setAAD(datagram.subarray(0, 18))
    gcm.setAuthTag(datagram.subarray(datagram.length - 16))
    gcm.update(datagram.subarray(18, datagram.length - 16))
  })
}

let heardFrames = 0
const createWorker = (createCipher: CreateDatagramCipher) => {
  let receive: (bytes: Uint8Array, path: PeerPath) => void = () => {}
  const worker = createAudioWorker({
    clock: systemClock,
    log: silentLog,
    emit: () => {},
    createCipher,
    servers: createSpeechServers({ clock: systemClock }),
    limits: { maxAudioMs: 3_600_000, maxUnheardMs: 3_600_000 },
    tts: { synthesize: async function* () {} },
    stt: {
      async *transcribe(audio) {
        for await (const _ of audio) heardFrames++
        yield { text: '', final: true }
      },
    },
    socket: {
      send: () => {},
      onDatagram: (listener) => {
        receive = listener
      },
    },
  })
  return { worker, receive: (bytes: Uint8Array, path: PeerPath) => receive(bytes, path) }
}

const openSsl = loadOpenSslCipher()
const ciphers: Record<string, CreateDatagramCipher> = {
  'node:crypto': createNodeCipher,
  ...(openSsl && { OpenSSL: openSsl }),
}
const path: PeerPath = { type: 'udp', host: '127.0.0.1', port: 1 }
for (const round of ['warm-up', 'measured']) {
  console.log(
    `${round}: ${streams} streams of ${frames} datagrams, ${payload.length} bytes of Opus, redundancy depth 2`,
  )
  const traffic = Array.from({ length: streams }, makeTraffic)
  measure('lookup', total, () => inTurn(traffic, (_, datagram) => peekStreamId(datagram)))
  measure('baseline: node:crypto alone', total, () => bareDecryption(traffic))
  for (const [name, createCipher] of Object.entries(ciphers)) {
    measure(`lookup + open + reorder, ${name}`, total, () => openAndReorder(traffic, createCipher))
  }
  for (const [name, createCipher] of Object.entries(ciphers)) {
    const { worker, receive } = createWorker(createCipher)
    for (const { sessionId, keys } of traffic) {
      worker.open({
        sessionId,
        deviceId: 'bench',
        streamId: streamIdHex(keys.streamId),
        upKey: keys.uplinkKey,
        downKey: keys.downlinkKey,
        language: 'en',
        downlinkSampleRateHz: 24_000,
        listens: true,
      })
    }
    measure(`worker: all of it, Opus decoder included, ${name}`, total, () =>
      inTurn(traffic, (_, datagram) => receive(datagram, path)),
    )
    worker.close()
  }
  const { worker, receive } = createWorker(createNodeCipher)
  measure('worker: one datagram of an unknown stream', total, () => {
    const unknown = traffic[0]?.datagrams[0]?.slice() ?? new Uint8Array(60)
    for (let index = 0; index < total; index++) {
      new DataView(unknown.buffer).setUint32(2, index)
      receive(unknown, path)
    }
  })
  worker.close()
}
await systemClock.sleep(0)
if (heardFrames === 0) throw new Error('no frame reached the recogniser')
