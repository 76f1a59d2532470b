import { tellNetwork } from '@mynah/cloud/gateway/tell-network.ts'
import { ownAddresses } from '@mynah/cloud/public-host.ts'
import { createFindClouds } from '@mynah/device/link/clouds-on-network.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { hostOfUrl } from '@mynah/shared/wire/url-host.ts'
import { describe, expect, test } from 'vitest'

const hasNetwork = ownAddresses().some((address) => address !== '127.0.0.1' && address !== '::1')
const never = new AbortController().signal

describe('clouds on the local network', () => {
  test.skipIf(!hasNetwork)('are found where they are, several of them too (needs a network)', async () => {
    const ports = [40_000 + (process.pid % 10_000), 50_001 + (process.pid % 10_000)]
    const stops = ports.map((port) => tellNetwork(port, silentLog))
    const found = await createFindClouds({ clock: systemClock, log: silentLog })(never)
    await Promise.all(stops.map((stop) => stop()))
    for (const port of ports) {
      const hosts = found.filter((url) => Number(url.port) === port).map(hostOfUrl)
      expect(hosts.length).toBeGreaterThan(0)
      expect(ownAddresses()).toEqual(expect.arrayContaining(hosts))
    }
  })

  test('are not looked for any longer when the speaker is stopped', async () => {
    // A clock that stands still: only the signal ends it.
    const findClouds = createFindClouds({ clock: createManualClock(), log: silentLog })
    const stopped = new AbortController()
    const looking = findClouds(stopped.signal)
    stopped.abort()
    expect(await looking).toEqual([])
    expect(await findClouds(stopped.signal)).toEqual([])
  })
})
