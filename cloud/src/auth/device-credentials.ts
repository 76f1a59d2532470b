import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { deviceIdSchema } from '@mynah/shared/wire/topics.ts'
import * as v from 'valibot'
import type { DeviceStore } from '../store/device-store.ts'

export type DeviceCredentials = {
  /**
   * True when this enrolled, unrevoked speaker has this password. Takes the same time whether the speaker is unknown or the
   * password wrong.
   */
  readonly check: (deviceId: string, password: string) => boolean
}

/** Equal length for every input, so that the comparison tells nothing about either. */
const digest = (text: string) => createHash('sha256').update(text).digest()

export const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

export const createDeviceCredentials = (devices: Pick<DeviceStore, 'find'>): DeviceCredentials => {
  const nobodysSecret = randomBytes(32)
  return {
    check: (deviceId, password) => {
      const device = v.is(deviceIdSchema, deviceId) ? devices.find(deviceId) : undefined
      const usable = device !== undefined && !device.revoked
      const matches = sameText(mqttPasswordOf(usable ? device.secret : nobodysSecret), password)
      return usable && matches
    },
  }
}

/** `device_id:password` from `Authorization: Bearer` (plain) or `Basic` (base64, RFC 7617). */
export const parseDeviceAuthorization = (
  header: string | undefined,
): { readonly deviceId: string; readonly password: string } | undefined => {
  const [scheme, value] = header?.split(' ', 2) ?? []
  if (!scheme || !value || value.length > 512) return undefined
  const pair = pairOf(scheme.toLowerCase(), value)
  const colon = pair?.indexOf(':') ?? -1
  if (pair === undefined || colon < 1) return undefined
  return { deviceId: pair.slice(0, colon), password: pair.slice(colon + 1) }
}

const pairOf = (scheme: string, value: string): string | undefined => {
  if (scheme === 'bearer') return value
  if (scheme === 'basic') return Buffer.from(value, 'base64').toString('utf8')
  return undefined
}
