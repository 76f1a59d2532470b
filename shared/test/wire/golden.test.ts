import { createCipheriv, createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  deriveDeviceSecret,
  enrolledProof,
  enrolmentProof,
  formatEnrolmentToken,
  parseEnrolmentToken,
} from '../../src/wire/enrolment.ts'
import { deriveSessionKeys, mqttPasswordOf, streamIdHex } from '../../src/wire/session-keys.ts'
import datagrams from '../golden/datagrams.json' with { type: 'json' }
import enrolment from '../golden/enrolment.json' with { type: 'json' }
import sessionKeys from '../golden/session-keys.json' with { type: 'json' }

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('golden datagrams', () => {
  it('follow the prose of the protocol byte by byte', () => {
    const header = bytesOf('10010123456789abcdef0000000000000000')
    const gcm = createCipheriv('aes-256-gcm', bytesOf(datagrams.key), bytesOf('0023456789abcdef00000000'))
    gcm.setAAD(header)
    const byHand = [header, gcm.update(bytesOf(datagrams.good[0]?.payload ?? '')), gcm.final(), gcm.getAuthTag()]
    expect(datagrams.good[0]?.bytes).toBe(byHand.map(hexOf).join(''))
  })
})

describe('golden session keys', () => {
  it('come from HKDF-SHA256 of the device secret and the session id', () => {
    const secret = bytesOf(sessionKeys.device_secret)
    const keys = deriveSessionKeys(secret, sessionKeys.session_id)
    expect(streamIdHex(keys.streamId)).toBe(sessionKeys.stream_id)
    expect(hexOf(keys.uplinkKey)).toBe(sessionKeys.uplink_key)
    expect(hexOf(keys.downlinkKey)).toBe(sessionKeys.downlink_key)
    expect(mqttPasswordOf(secret)).toBe(sessionKeys.mqtt_password)
    const byHand = hkdfSync('sha256', secret, Buffer.from(sessionKeys.session_id, 'ascii'), 'mynah/1 uplink', 32)
    expect(hexOf(new Uint8Array(byHand))).toBe(sessionKeys.uplink_key)
  })

  it('refuse a secret of another length', () => {
    expect(() => deriveSessionKeys(new Uint8Array(31), sessionKeys.session_id)).toThrow(
      'a device secret has 32 bytes, got 31',
    )
  })
})

describe('golden enrolment', () => {
  const claim = {
    tokenId: enrolment.token_id,
    deviceId: enrolment.device_id,
    deviceNonce: enrolment.device_nonce,
    cloudNonce: enrolment.cloud_nonce,
  }
  const secret = bytesOf(enrolment.token_secret)

  it('proves each side and derives one secret', () => {
    expect(parseEnrolmentToken(enrolment.token)).toEqual({ ok: true, value: { tokenId: enrolment.token_id, secret } })
    expect(formatEnrolmentToken({ tokenId: enrolment.token_id, secret })).toBe(enrolment.token)
    expect(enrolmentProof(secret, claim)).toBe(enrolment.request_proof)
    expect(enrolledProof(secret, claim)).toBe(enrolment.answer_proof)
    expect(hexOf(deriveDeviceSecret(secret, claim))).toBe(enrolment.device_secret)
  })

  it('puts the length before each string of a proof', () => {
    const strings = ['mynah/1 enrol', claim.tokenId, claim.deviceId, claim.deviceNonce]
    const text = strings.map((one) => `\0${String.fromCharCode(one.length)}${one}`).join('')
    expect(createHmac('sha256', secret).update(text).digest('base64url')).toBe(enrolment.request_proof)
  })
})
