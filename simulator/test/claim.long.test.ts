import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock as clock } from '@mynah/shared/time/clock.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRoom } from '../src/room.ts'
import { bestLikeness } from './likeness.ts'
import { setUpAtApi } from './person-at-api.ts'
import { type PrivateCloud, startPrivateCloud } from './private-cloud.ts'
import { startUnownedSpeaker, type UnownedSpeakerOptions } from './unowned-speaker.ts'

const never = new AbortController().signal
let house: PrivateCloud
let call: Awaited<ReturnType<typeof setUpAtApi>>['call']
let homeId: string

beforeAll(async () => {
  house = await startPrivateCloud('claim')
  const { url, setupUrl = '' } = house.cloud.ready()
  const ada = { login: 'ada', password: 'correct horse battery', home_name: 'Casa' }
  const { call: callAsAda, me } = await setUpAtApi(url, { setupUrl, ...ada })
  call = callAsAda
  homeId = me.homes[0]?.home_id ?? ''
}, 90_000)
afterAll(() => house?.close(), 30_000)

const newSpeaker = (name: string, at: Pick<UnownedSpeakerOptions, 'room' | 'hardware' | 'language'> = {}) =>
  startUnownedSpeaker({ name, cloudUrl: house.cloud.ready().url, storeDir: join(house.folder, name), ...at })
const claim = (code: string, name: string) => call('claimDevice', { params: { home_id: homeId }, body: { code, name } })
const isOnline = async (deviceId: string) =>
  (await call('listDevices', {})).items.find(({ device_id: id }) => id === deviceId)?.online
const storeOf = (name: string) => readdir(join(house.folder, name))

describe('a speaker without an owner, with the real cloud', () => {
  test('says its code, is claimed, comes online, and after a parting asks for an owner again under another id', async () => {
    const { speaker, untilCode } = newSpeaker('attic')
    const code = await untilCode()
    const { device_id: deviceId } = await claim(code, 'Attic')
    const online = await speaker
    try {
      expect(online.deviceId).toBe(deviceId)
      await expect.poll(() => isOnline(deviceId)).toBe(true)
      const said = online.watch.events().find((event) => event.type === 'claim_code_said')
      expect(online.spot.recording.firstSoundAfter(said?.atMs ?? 0)).toBeGreaterThan(0)
      expect(await storeOf('attic')).not.toContain('claim.json')
      await expect.poll(() => storeOf('attic')).toContain('config.json')

      await call('unclaimDevice', { params: { device_id: deviceId } })
      const again = await untilCode(1)
      expect(again).not.toBe(code)
      expect(await storeOf('attic')).not.toContain('identity.json')
      expect(await storeOf('attic')).not.toContain('config.json')
      const second = await claim(again, 'Attic again')
      expect(second.device_id).not.toBe(deviceId)
      await expect.poll(() => isOnline(second.device_id), { timeout: 15_000 }).toBe(true)
      expect(online.deviceId).toBe(second.device_id)
      expect((await call('listDevices', {})).items.map(({ name }) => name)).toEqual(['Attic again'])
    } finally {
      await online.stop()
    }
  }, 90_000)

  test('whose owner parted from it while it was away learns that when it is back, and asks for an owner again', async () => {
    const { speaker, untilCode } = newSpeaker('shed')
    const { device_id: deviceId } = await claim(await untilCode(), 'Shed')
    const online = await speaker
    try {
      await expect.poll(() => isOnline(deviceId)).toBe(true)
      online.network.cut()
      await expect.poll(() => isOnline(deviceId), { timeout: 60_000 }).toBe(false)
      await call('unclaimDevice', { params: { device_id: deviceId } })
      expect(await isOnline(deviceId)).toBeUndefined()
      // It does not know yet: what is its owner's is all there.
      expect(await storeOf('shed')).toEqual(expect.arrayContaining(['identity.json', 'config.json']))
      online.network.restore()
      const again = await untilCode(1)
      expect(await storeOf('shed')).not.toContain('identity.json')
      expect(await storeOf('shed')).not.toContain('config.json')
      const second = await claim(again, 'Shed again')
      await expect.poll(() => isOnline(second.device_id), { timeout: 15_000 }).toBe(true)
    } finally {
      await online.stop()
    }
  }, 180_000)

  test('keeps its code over a restart, and finds itself claimed when that happened meanwhile', async () => {
    const before = newSpeaker('cellar')
    const code = await before.untilCode()
    before.giveUp()
    await before.speaker.catch(() => undefined)
    expect(existsSync(join(house.folder, 'cellar', 'claim.json'))).toBe(true)
    const { device_id: deviceId } = await claim(code, 'Cellar')
    const after = newSpeaker('cellar')
    const online = await after.speaker
    try {
      expect([online.deviceId, after.codes()]).toEqual([deviceId, []])
      await expect.poll(() => isOnline(deviceId)).toBe(true)
    } finally {
      await online.stop()
    }
  }, 60_000)

  test('keeps its code while the cloud is away, and its claim too', async () => {
    const { speaker, codes, untilCode } = newSpeaker('garage', { language: 'zh' })
    const code = await untilCode()
    await house.cloud.stop()
    await clock.sleep(4_000)
    const back = await house.cloud.restart(never)
    expect(back.ok).toBe(true)
    const { device_id: deviceId } = await claim(code, 'Garage')
    const online = await speaker
    try {
      expect(codes()).toEqual([code])
      await expect.poll(() => isOnline(deviceId)).toBe(true)
      const { language } = await call('getDevice', { params: { device_id: deviceId } })
      expect(language).toBe('zh')
    } finally {
      await online.stop()
    }
  }, 120_000)

  test('says the digits of its code and no others', async () => {
    const room = createRoom({ clock })
    const spot = room.addSpot('porch')
    const { untilCode, speaker, giveUp } = newSpeaker('porch', { room, hardware: spot })
    const code = await untilCode()
    // The sentence in front, and the code once.
    await clock.sleep(18_000)
    const heard = spot.recording.between(0, clock.now())
    giveUp()
    await speaker.catch(() => undefined)
    for (let digit = 0; digit <= 9; digit++) {
      const response = await fetch(`${house.cloud.ready().url}/device/phrases/en/digit_${digit}.wav`)
      const wav = decodeWav(new Uint8Array(await response.arrayBuffer()))
      if (!wav.ok) throw new Error(wav.error.message)
      const likeness = bestLikeness(heard, wav.value.samples)
      if (code.includes(String(digit))) expect(likeness, `${digit} of ${code}`).toBeGreaterThan(0.95)
      else expect(likeness, `${digit} is not of ${code}`).toBeLessThan(0.9)
    }
  }, 60_000)
})
