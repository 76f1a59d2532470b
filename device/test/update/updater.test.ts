import { silentLog } from '@mynah/shared/log/log.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import type { InstallFailure, Offer } from '../../src/update/installer.ts'
import { createUpdater } from '../../src/update/updater.ts'

const offerOf = (id: string): Offer => ({
  release_id: id,
  version: '1.1.0',
  url: `/firmware/${id}`,
  manifest: 'e30',
  signature: 'A'.repeat(86),
})

const start = (outcomes: readonly Result<unknown, InstallFailure>[]) => {
  const clock = createManualClock()
  const tried: string[] = []
  const states: string[] = []
  let restarts = 0
  const left = [...outcomes]
  const updater = createUpdater({
    clock,
    log: silentLog,
    random: () => 0.5,
    install: async ({ release_id: id }) => {
      tried.push(id)
      return left.shift() ?? refuse({ code: 'unreachable', message: 'no network' })
    },
    restart: () => void restarts++,
    onState: ({ code }) => states.push(code),
  })
  const stop = new AbortController()
  const running = updater.run(stop.signal)
  return {
    clock,
    updater,
    tried,
    states,
    restarts: () => restarts,
    close: async () => {
      stop.abort()
      await clock.advance(0)
      await running
    },
  }
}

describe('an offer', () => {
  it('is installed once and ends in a restart, however often the broker repeats it', async () => {
    const at = start([ok(undefined)])
    at.updater.offer(offerOf('one'))
    await at.clock.advance(10)
    at.updater.offer(offerOf('one'))
    await at.clock.advance(10)
    expect([at.tried, at.restarts()]).toEqual([['one'], 1])
    await at.close()
  })
  it('is tried again with growing pauses while the network is in its way', async () => {
    const at = start([])
    at.updater.offer(offerOf('one'))
    await at.clock.advance(3_600_000)
    expect(at.tried.length).toBeGreaterThan(3)
    expect(at.tried.length).toBeLessThan(12)
    expect(new Set(at.states)).toEqual(new Set(['unreachable']))
    await at.close()
  })
  it('that writes all of itself in vain is soon tried once a day only: each try wears the card', async () => {
    const at = start(
      Array.from({ length: 100 }, () => refuse({ code: 'damaged' as const, message: 'not what was signed' })),
    )
    at.updater.offer(offerOf('one'))
    await at.clock.advance(7 * 86_400_000)
    expect(at.tried.length).toBeGreaterThan(7)
    expect(at.tried.length).toBeLessThan(30)
    await at.close()
  })
  it('that nobody trusted has signed is told and left alone', async () => {
    const at = start([refuse({ code: 'untrusted', message: 'no key' })])
    at.updater.offer(offerOf('one'))
    await at.clock.advance(86_400_000)
    expect([at.tried, at.states, at.restarts()]).toEqual([['one'], ['untrusted'], 0])
    await at.close()
  })
  it('gives way to a newer one, and ends when it is withdrawn', async () => {
    const at = start([])
    at.updater.offer(offerOf('one'))
    await at.clock.advance(10)
    at.updater.offer(offerOf('two'))
    await at.clock.advance(10)
    at.updater.offer(null)
    await at.clock.advance(86_400_000)
    expect(at.tried).toEqual(['one', 'two'])
    await at.close()
  })
})
