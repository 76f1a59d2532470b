import { join } from 'node:path'
import { createIdentityStore } from '@mynah/device/identity/identity.ts'
import { enrol } from '@mynah/device/link/enrolment.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock as clock } from '@mynah/shared/time/clock.ts'
import { expect, test } from 'vitest'
import { createRoom } from '../src/room.ts'
import { startSpeaker } from '../src/speaker.ts'
import { setUpAtApi } from './person-at-api.ts'
import { startPrivateCloud } from './private-cloud.ts'

const never = new AbortController().signal
/** Where the cloud was: nobody is there any more. */
const goneUrl = 'http://127.0.0.1:9'
const goneMqttUrl = 'mqtt://127.0.0.1:9'

test('a speaker whose cloud has another address finds it, is online within a minute and stays there', async () => {
  const house = await startPrivateCloud('moved')
  try {
    const { url, setupUrl = '' } = house.cloud.ready()
    const ada = { login: 'ada', password: 'correct horse battery', home_name: 'Casa' }
    const { call, me } = await setUpAtApi(url, { setupUrl, ...ada })
    const homeId = me.homes[0]?.home_id ?? ''
    const { token } = await call('createEnrolmentToken', { params: { home_id: homeId }, body: { name: 'Attic' } })
    const enrolled = await enrol(
      { cloudUrl: url, token, deviceId: 'attic' },
      { clock, log: silentLog, fetch, random: Math.random },
      never,
    )
    if (!enrolled.ok) throw new Error(enrolled.error.message)
    const storeDir = join(house.folder, 'attic')
    const identities = createIdentityStore(storeDir, silentLog)
    await identities.write({ ...enrolled.value, cloudUrl: goneUrl, mqttUrl: goneMqttUrl })
    const startedMs = clock.now()
    const speaker = await startSpeaker(
      {
        clock,
        log: silentLog,
        random: Math.random,
        fetch,
        room: createRoom({ clock }),
        cloudUrl: goneUrl,
        storeDir,
        // A stranger, and the cloud; as found by DNS-SD, which clouds-on-network.test.ts tries.
        findClouds: async () => [new URL('http://127.0.0.1:10'), new URL(url)],
      },
      { name: 'attic' },
      AbortSignal.timeout(90_000),
    )
    try {
      expect(clock.now() - startedMs).toBeLessThan(60_000)
      const { items } = await call('listDevices', {})
      expect(items.map(({ device_id: id, online }) => [id, online])).toEqual([['attic', true]])
      const { cloudUrl, mqttUrl, udp } = enrolled.value
      expect(await identities.read()).toMatchObject({ deviceId: 'attic', cloudUrl, mqttUrl, ...(udp ? { udp } : {}) })
    } finally {
      await speaker.stop()
    }
  } finally {
    await house.close()
  }
}, 150_000)
