import { createDecipheriv, createSecretKey } from 'node:crypto'
import { loadavg } from 'node:os'
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
 * CPU time per datagram of the way up, in microseconds, by process.cpuUsage (wall time says little on a shared machine): least, median
 * and most of rounds in which all ways take turns, after some that warm up. Goal: lookup, open and reorder <= 9 us with node:crypto,
 * <= 3 us with OpenSSL.
 * Run: npx tsx cloud/bench/bridge-receive.ts [streams] [seconds of audio per stream]
 */
const streams = Number(process.argv[2] ?? 20)
const frames = Number(process.argv[3] ?? 2) * 50
const rounds = 41
const warmUps = 10

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
const micros = new Map<string, number[]>()
const measure = (name: string, work: () => void) => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  micros.set(name, [...(micros.get(name) ?? []), (user + system) / total])
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
    const { sequence, mediaTime, payload: frame, redundancy = [] } = opened.value
    stream.buffer.push({ sequence, mediaTime, frame, redundancy }, 0)
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
const openStreams = (worker: ReturnType<typeof createWorker>['worker'], traffic: readonly Traffic[]) => {
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
}
const runRound = () => {
  const traffic = Array.from({ length: streams }, makeTraffic)
  measure('lookup', () => inTurn(traffic, (_, datagram) => peekStreamId(datagram)))
  measure('plain decryption by node:crypto', () => bareDecryption(traffic))
  for (const [name, createCipher] of Object.entries(ciphers)) {
    measure(`lookup + open + reorder, ${name}`, () => openAndReorder(traffic, createCipher))
    const { worker, receive } = createWorker(createCipher)
    openStreams(worker, traffic)
    measure(`worker: all of it, Opus decoder included, ${name}`, () =>
      inTurn(traffic, (_, datagram) => receive(datagram, path)),
    )
    worker.close()
  }
  const { worker, receive } = createWorker(createNodeCipher)
  measure('worker: one datagram of an unknown stream', () => {
    const unknown = traffic[0]?.datagrams[0]?.slice() ?? new Uint8Array(60)
    for (let index = 0; index < total; index++) {
      new DataView(unknown.buffer).setUint32(2, index)
      receive(unknown, path)
    }
  })
  worker.close()
}
for (let round = 0; round < warmUps + rounds; round++) {
  runRound()
  // The recogniser takes what it was given, and the streams of the round before are collected.
  await systemClock.sleep(0)
  if (round === warmUps - 1) micros.clear()
}
if (heardFrames === 0) throw new Error('no frame reached the recogniser')
const load = loadavg().map((value) => value.toFixed(1))
console.log(
  `${rounds} rounds of ${streams} streams of ${frames} datagrams, ${payload.length} bytes of Opus, redundancy depth 2, load average ${load.join(' ')}`,
)
for (const [name, all] of micros) {
  const sorted = all.toSorted((a, b) => a - b)
  const [least, median, most] = [sorted[0], sorted[Math.floor(rounds / 2)], sorted.at(-1)]
  console.log(`${name.padEnd(56)} ${[least, median, most].map((one) => one?.toFixed(1).padStart(6)).join('')}`)
}
