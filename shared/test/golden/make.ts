import { createCipheriv } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { type DatagramRejection, createSealer, type Direction, type Outgoing } from '../../src/wire/datagram.ts'
import { deriveDeviceSecret, enrolledProof, enrolmentProof, formatEnrolmentToken } from '../../src/wire/enrolment.ts'
import { deriveSessionKeys, mqttPasswordOf, streamIdHex } from '../../src/wire/session-keys.ts'

/**
 * Writes the golden vectors: `npx tsx shared/test/golden/make.ts`. They pin the bytes of protocol version 1 for every other
 * implementation: a change here is a change of the protocol, never a fix of a test.
 */
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const counting = (size: number, from: number) => Uint8Array.from({ length: size }, (_, i) => (from + i) & 0xff)

const key = counting(32, 0)
const streamId = 0x0123_4567_89ab_cdefn

/** Each is sealed by a fresh sealer after `before` others of its type, so its sequence is `before`. */
type Plan = { readonly name: string; readonly direction: Direction; readonly before: number; readonly outgoing: Outgoing }
const plans: readonly Plan[] = [
  {
    name: 'first audio of a talk spurt, up',
    direction: 'uplink',
    before: 0,
    outgoing: { type: 'audio', marker: true, mediaTime: 0, payload: counting(20, 0x40) },
  },
  {
    name: 'audio with one redundant frame, up',
    direction: 'uplink',
    before: 1,
    outgoing: { type: 'audio', mediaTime: 320, payload: counting(20, 0x50), redundancy: [counting(18, 0x60)] },
  },
  {
    name: 'audio with two redundant frames, down',
    direction: 'downlink',
    before: 258,
    outgoing: {
      type: 'audio',
      mediaTime: 123_840,
      payload: counting(60, 0x50),
      redundancy: [counting(58, 0x60), counting(1, 0xfe)],
    },
  },
  {
    name: 'audio with three redundant frames and a media time that has wrapped',
    direction: 'downlink',
    before: 3,
    outgoing: {
      type: 'audio',
      mediaTime: 2 ** 32 + 160,
      payload: counting(10, 1),
      redundancy: [counting(9, 2), counting(8, 3), counting(255, 4)],
    },
  },
  {
    name: 'probe',
    direction: 'uplink',
    before: 0,
    outgoing: { type: 'probe', mediaTime: 0, payload: counting(8, 0x10) },
  },
  {
    name: 'probe reply',
    direction: 'downlink',
    before: 2,
    outgoing: { type: 'probe_reply', mediaTime: 0, payload: counting(8, 0x10) },
  },
  {
    name: 'receiver report',
    direction: 'downlink',
    before: 1,
    outgoing: { type: 'receiver_report', mediaTime: 48_000, payload: new TextEncoder().encode('{"lost":1}') },
  },
  {
    name: 'end of stream with the last two frames',
    direction: 'uplink',
    before: 5,
    outgoing: {
      type: 'end_of_stream',
      mediaTime: 1_600,
      payload: new Uint8Array(0),
      redundancy: [counting(12, 0x70), counting(11, 0x80)],
    },
  },
  {
    name: 'end of a stream without audio',
    direction: 'uplink',
    before: 0,
    outgoing: { type: 'end_of_stream', mediaTime: 0, payload: new Uint8Array(0) },
  },
]

const sealPlan = ({ direction, before, outgoing }: Plan): Uint8Array => {
  const sealer = createSealer({ key, streamId, direction })
  const filler = outgoing.type === 'end_of_stream' ? 'audio' : outgoing.type
  for (let i = 0; i < before; i++) sealer.seal({ type: filler, mediaTime: 0, payload: counting(1, 0) })
  return sealer.seal(outgoing)
}

const good = plans.map((plan) => ({
  name: plan.name,
  direction: plan.direction,
  type: plan.outgoing.type,
  marker: plan.outgoing.marker ?? false,
  sequence: plan.before,
  media_time: plan.outgoing.mediaTime % 2 ** 32,
  payload: hex(plan.outgoing.payload),
  redundancy: plan.outgoing.redundancy?.map(hex) ?? [],
  bytes: hex(sealPlan(plan)),
}))

type Code = DatagramRejection['code']
const [, first] = plans
if (!first) throw new Error('no plan to patch')
const whole = sealPlan(first)
const patched = (offset: number, value: number): Uint8Array => {
  const bytes = whole.slice()
  bytes[offset] = value
  return bytes
}
const flipped = (offset: number): Uint8Array => patched(offset, (whole[offset] ?? 0) ^ 0x01)
/**
 * Authentic, yet with a plaintext that is no audio payload: node:crypto by hand, from the protocol's prose alone, since no sealer
 * writes such a thing.
 */
const sealedByHand = (plaintext: Uint8Array): Uint8Array => {
  const header = Buffer.from('10020123456789abcdef0000000100000140', 'hex')
  const nonce = Buffer.from('0023456789abcdef00000001', 'hex')
  const gcm = createCipheriv('aes-256-gcm', key, nonce)
  gcm.setAAD(header)
  return Uint8Array.from(Buffer.concat([header, gcm.update(plaintext), gcm.final(), gcm.getAuthTag()]))
}
const bad: readonly { readonly name: string; readonly code: Code; readonly bytes: Uint8Array }[] = [
  { name: 'nothing', code: 'too_short', bytes: new Uint8Array(0) },
  { name: 'a header and a tag but one byte', code: 'too_short', bytes: whole.subarray(0, 33) },
  { name: 'longer than any datagram', code: 'too_long', bytes: new Uint8Array(1_201) },
  { name: 'version 0', code: 'bad_version', bytes: patched(0, 0x00) },
  { name: 'version 2', code: 'bad_version', bytes: patched(0, 0x20) },
  { name: 'type 5', code: 'bad_type', bytes: patched(0, 0x15) },
  { name: 'type 15', code: 'bad_type', bytes: patched(0, 0x1f) },
  { name: 'another stream id', code: 'foreign_stream', bytes: flipped(9) },
  { name: 'audio relabelled as a probe', code: 'not_authentic', bytes: patched(0, 0x11) },
  { name: 'audio relabelled as an end of stream', code: 'not_authentic', bytes: patched(0, 0x13) },
  { name: 'marker set on the way', code: 'not_authentic', bytes: flipped(1) },
  { name: 'an unused flag set on the way', code: 'not_authentic', bytes: patched(1, 0x82) },
  { name: 'another sequence', code: 'not_authentic', bytes: flipped(13) },
  { name: 'another media time', code: 'not_authentic', bytes: flipped(17) },
  { name: 'first byte of the ciphertext flipped', code: 'not_authentic', bytes: flipped(18) },
  { name: 'last byte of the tag flipped', code: 'not_authentic', bytes: flipped(whole.length - 1) },
  { name: 'one byte cut off', code: 'not_authentic', bytes: whole.subarray(0, whole.length - 1) },
  { name: 'one byte added', code: 'not_authentic', bytes: Uint8Array.of(...whole, 0) },
  { name: 'audio without a payload', code: 'bad_payload', bytes: sealedByHand(new Uint8Array(0)) },
  { name: 'no redundant frames', code: 'bad_payload', bytes: sealedByHand(Uint8Array.of(0, 7, 7)) },
  { name: 'four redundant frames', code: 'bad_payload', bytes: sealedByHand(Uint8Array.of(4, 1, 7, 1, 7, 1, 7, 1, 7, 9)) },
  { name: 'a redundant frame of 0 bytes', code: 'bad_payload', bytes: sealedByHand(Uint8Array.of(1, 0, 9)) },
  { name: 'a redundant frame beyond the end', code: 'bad_payload', bytes: sealedByHand(Uint8Array.of(1, 200, 9, 9)) },
  { name: 'no length for the second frame', code: 'bad_payload', bytes: sealedByHand(Uint8Array.of(2, 1, 9)) },
  { name: 'redundancy and no frame', code: 'bad_payload', bytes: sealedByHand(Uint8Array.of(1, 2, 9, 9)) },
]

const write = (name: string, content: unknown) =>
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(content, undefined, 2)}\n`)

write('datagrams', {
  key: hex(key),
  stream_id: streamIdHex(streamId),
  good,
  bad: bad.map(({ name, code, bytes }) => ({ name, direction: 'uplink', code, bytes: hex(bytes) })),
})

const deviceSecret = counting(32, 0x80)
const sessionId = 'AAECAwQFBgcICQoLDA0ODw'
const keys = deriveSessionKeys(deviceSecret, sessionId)
write('session-keys', {
  device_secret: hex(deviceSecret),
  session_id: sessionId,
  stream_id: streamIdHex(keys.streamId),
  uplink_key: hex(keys.uplinkKey),
  downlink_key: hex(keys.downlinkKey),
  mqtt_password: mqttPasswordOf(deviceSecret),
})

const token = { tokenId: Buffer.from(counting(16, 1)).toString('base64url'), secret: counting(32, 0x20) }
const claim = {
  tokenId: token.tokenId,
  deviceId: 'kitchen-speaker',
  deviceNonce: Buffer.from(counting(16, 0x30)).toString('base64url'),
  cloudNonce: Buffer.from(counting(16, 0x90)).toString('base64url'),
}
write('enrolment', {
  token: formatEnrolmentToken(token),
  token_id: token.tokenId,
  token_secret: hex(token.secret),
  device_id: claim.deviceId,
  device_nonce: claim.deviceNonce,
  cloud_nonce: claim.cloudNonce,
  request_proof: enrolmentProof(token.secret, claim),
  answer_proof: enrolledProof(token.secret, claim),
  device_secret: hex(deriveDeviceSecret(token.secret, claim)),
})
