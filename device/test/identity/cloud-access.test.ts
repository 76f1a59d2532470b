import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { expect, test } from 'vitest'
import { cloudAccessOf } from '../../src/identity/cloud-access.ts'

const deviceSecret = new Uint8Array(32).fill(7)
const accessTo = (cloudUrl: string) => cloudAccessOf({ deviceId: 'kitchen', deviceSecret, cloudUrl })

test('a speaker shows its MQTT password, never its secret', () => {
  const { mqttPassword, bearer } = accessTo('http://cloud.test:8080')
  expect(mqttPassword).toBe(mqttPasswordOf(deviceSecret))
  expect(bearer).toBe(`kitchen:${mqttPassword}`)
})

test('the tunnel is as safe as the address of the cloud', () => {
  expect(accessTo('http://cloud.test:8080').tunnelUrl).toBe('ws://cloud.test:8080/audio/ws')
  expect(accessTo('https://cloud.test').tunnelUrl).toBe('wss://cloud.test/audio/ws')
})
