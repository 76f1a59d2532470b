import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { afterAll, describe, expect, it } from 'vitest'
import { type Behaviour, createUpdateHouse } from './update-house.ts'

/** `MYNAH_UPDATE_TRIES` plays more of them: `npm run test:updates`. */
const tries = Number(process.env.MYNAH_UPDATE_TRIES ?? 4)
const houses = {
  well: await createUpdateHouse('well'),
  unwell: await createUpdateHouse('unwell'),
  crashes: await createUpdateHouse('crashes'),
}
afterAll(async () => {
  for (const house of Object.values(houses)) await house.close()
})

const currentOf = (root: string) => readlinkSync(join(root, 'current'))
const failedIn = (root: string) => (existsSync(join(root, 'failed')) ? readFileSync(join(root, 'failed'), 'utf8') : '')

/** Starts it again and again, as systemd does, until nothing changes any more. */
const settle = async (house: (typeof houses)['well'], root: string): Promise<readonly string[]> => {
  for (let start = 0; start < 12; start++) {
    const said = await house.power(root)
    expect(said[0], `start ${start}: ${said.join(', ')}`).toMatch(/^running 1\.[01]\.0$/)
    if (said.some((line) => line.startsWith('settled'))) return said
  }
  throw new Error('the machine never came to rest')
}

describe('an update', () => {
  it('is downloaded, started on trial and confirmed', async () => {
    const root = houses.well.newMachine()
    const first = await houses.well.power(root)
    expect(first).toEqual(['running 1.0.0', 'verified', 'downloaded', 'unpacked', 'switched', 'installed'])
    const second = await houses.well.power(root)
    expect(second).toEqual(['running 1.1.0', 'confirmed', 'settled not_newer'])
    expect(currentOf(root)).toBe('slots/b')
    expect(existsSync(join(root, 'trial'))).toBe(false)
  }, 30_000)
  it('goes on with a download that was cut', async () => {
    const root = houses.well.newMachine()
    await houses.well.power(root, 'half_a_download')
    const before = houses.well.ranges.length
    await settle(houses.well, root)
    expect(houses.well.ranges[before]).toMatch(/^bytes=[1-9]\d*-$/)
    expect(currentOf(root)).toBe('slots/b')
  }, 60_000)
  it('that is not well is taken back without a network, and not tried again', async () => {
    const root = houses.unwell.newMachine()
    const said = await settle(houses.unwell, root)
    expect(said).toEqual(['running 1.0.0', 'settled failed_before'])
    expect(currentOf(root)).toBe('slots/a')
    expect(failedIn(root)).toBe('release-1\n')
  }, 30_000)
  it('that cannot even start is taken back by the launcher', async () => {
    const root = houses.crashes.newMachine()
    const said = await settle(houses.crashes, root)
    expect(said).toEqual(['running 1.0.0', 'settled failed_before'])
    expect(failedIn(root)).toBe('release-1\n')
  }, 30_000)
})

describe('a power cut at any moment of an update', () => {
  const behaviours: readonly Behaviour[] = ['well', 'well', 'unwell', 'crashes']
  it.each(Array.from({ length: tries }, (_, index) => index))(
    'leaves a machine that comes back (%i)',
    async (index) => {
      const random = seededRandom(1_000 + index)
      const behaviour = behaviours[index % behaviours.length] ?? 'well'
      const house = houses[behaviour]
      const root = house.newMachine()
      const cuts = 1 + Math.floor(random() * 3)
      for (let cut = 0; cut < cuts; cut++) await house.power(root, 20 + random() * 900)
      const said = await settle(house, root)
      const isNew = said[0] === 'running 1.1.0'
      expect(currentOf(root)).toBe(isNew ? 'slots/b' : 'slots/a')
      expect(existsSync(join(root, 'trial'))).toBe(false)
      // A good release that was cut off twice on its trial counts as failed: better so than a loop.
      expect(failedIn(root)).toBe(isNew ? '' : 'release-1\n')
      if (behaviour !== 'well') expect(isNew).toBe(false)
    },
    60_000,
  )
})
