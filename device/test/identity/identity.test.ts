import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { deviceIdSchema } from '@mynah/shared/wire/topics.ts'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIdentityStore, newDeviceId } from '../../src/identity/identity.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mynah-identity-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

describe('an identity', () => {
  it('is read back as it was written, by its owner only', async () => {
    const identity = {
      deviceId: 'kitchen',
      deviceSecret: Uint8Array.from({ length: 32 }, (_, i) => i * 7),
      cloudUrl: 'https://cloud.test',
      mqttUrl: 'mqtts://cloud.test',
      udp: { host: 'cloud.test', port: 4000 },
    }
    const store = createIdentityStore(dir, silentLog)
    expect(await store.read()).toBeUndefined()
    await store.write(identity)
    expect(await createIdentityStore(dir, silentLog).read()).toEqual(identity)
    expect((await stat(join(dir, 'identity.json'))).mode & 0o777).toBe(0o600)
  })
  it('has a device id of its own', () => {
    expect(v.is(deviceIdSchema, newDeviceId())).toBe(true)
    expect(newDeviceId()).not.toBe(newDeviceId())
  })
})
