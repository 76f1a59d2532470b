import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Log } from '@mynah/shared/log/log.ts'
import { deviceIdSchema, udpAddressSchema } from '@mynah/shared/wire/topics.ts'
import * as v from 'valibot'
import { createJsonFile, type JsonFile, removeJsonFile } from '../store/json-file.ts'

/** Who this speaker is and whose: the outcome of an enrolment. */
export type SpeakerIdentity = {
  readonly deviceId: string
  /** 32 bytes; everything else is derived from it. */
  readonly deviceSecret: Uint8Array
  /** `http(s)://host:port` of the cloud. */
  readonly cloudUrl: string
  readonly mqttUrl: string
  /** Where sound goes until the cloud names another address. */
  readonly udp?: { readonly host: string; readonly port: number }
}

const storedSchema = v.object({
  v: v.literal(1),
  device_id: deviceIdSchema,
  device_secret: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
  cloud_url: v.string(),
  mqtt_url: v.string(),
  udp: v.optional(udpAddressSchema),
})

/** A fresh device id: `mynah-` and 48 random bits. */
export const newDeviceId = (): string => `mynah-${randomBytes(6).toString('hex')}`

/** The identity on disk, readable by its owner only (mode 0600). */
export const createIdentityStore = (storeDir: string, log: Log) => {
  const path = join(storeDir, 'identity.json')
  const file: JsonFile<v.InferOutput<typeof storedSchema>> = createJsonFile({
    path,
    schema: storedSchema,
    log,
    mode: 0o600,
    copy: true,
  })
  return {
    read: async (): Promise<SpeakerIdentity | undefined> => {
      const stored = await file.read()
      if (!stored) return undefined
      return {
        deviceId: stored.device_id,
        deviceSecret: new Uint8Array(Buffer.from(stored.device_secret, 'base64url')),
        cloudUrl: stored.cloud_url,
        mqttUrl: stored.mqtt_url,
        ...(stored.udp ? { udp: stored.udp } : {}),
      }
    },
    write: (identity: SpeakerIdentity): Promise<void> =>
      file.write({
        v: 1,
        device_id: identity.deviceId,
        device_secret: Buffer.from(identity.deviceSecret).toString('base64url'),
        cloud_url: identity.cloudUrl,
        mqtt_url: identity.mqttUrl,
        ...(identity.udp ? { udp: identity.udp } : {}),
      }),
    remove: (): Promise<void> => removeJsonFile(path),
  }
}
