import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { expect, test } from 'vitest'
import { createDeviceCredentials, parseDeviceAuthorization } from '../../src/auth/device-credentials.ts'

const secret = new Uint8Array(32).fill(3)
const credentials = (revoked: boolean) =>
  createDeviceCredentials({
    find: (deviceId) =>
      deviceId === 'kitchen' ? { deviceId, homeId: 'home', secret, enrolledAt: '', revoked } : undefined,
  })

test('a speaker is known by the password of its secret alone', () => {
  const { check } = credentials(false)
  expect(check('kitchen', mqttPasswordOf(secret))).toBe(true)
  expect(check('kitchen', mqttPasswordOf(new Uint8Array(32)))).toBe(false)
  expect(check('kitchen', '')).toBe(false)
  expect(check('bedroom', mqttPasswordOf(secret))).toBe(false)
  expect(check('../kitchen', mqttPasswordOf(secret))).toBe(false)
})

test('a revoked speaker is refused with the right password', () => {
  expect(credentials(true).check('kitchen', mqttPasswordOf(secret))).toBe(false)
})

test('both forms of the authorization header are read, others are not', () => {
  const expected = { deviceId: 'kitchen', password: 'a:b' }
  expect(parseDeviceAuthorization('Bearer kitchen:a:b')).toEqual(expected)
  expect(parseDeviceAuthorization(`Basic ${Buffer.from('kitchen:a:b').toString('base64')}`)).toEqual(expected)
  for (const header of [
    undefined,
    '',
    'Bearer',
    'Bearer x',
    'Bearer :x',
    'Digest kitchen:a',
    `Bearer ${'x:'.repeat(400)}`,
  ]) {
    expect(parseDeviceAuthorization(header)).toBeUndefined()
  }
})
