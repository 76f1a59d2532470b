import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { createPool } from '../../../../src/speech/engines/pocketsphinx/decoder-pool.ts'
import { never } from '../../speech-server-fixture.ts'

const start = (options: { size?: number; maxWaiting?: number; failing?: () => boolean } = {}) => {
  const clock = createManualClock()
  let made = 0
  const disposed: number[] = []
  const pool = createPool<number>({
    clock,
    size: options.size ?? 2,
    maxWaiting: options.maxWaiting ?? 1,
    maxWaitMs: 1_000,
    make: async () => {
      if (options.failing?.()) throw new Error('no model')
      return ++made
    },
    dispose: async (value) => void disposed.push(value),
  })
  return { clock, pool, made: () => made, disposed }
}

describe('a pool', () => {
  it('makes no more than its size and uses them again', async () => {
    const { pool, made } = start({ size: 2 })
    const leases = [await pool.lease(never()), await pool.lease(never())]
    for (const lease of leases) lease.release()
    await pool.lease(never())
    await pool.lease(never())
    expect(made()).toBe(2)
  })

  it('gives what comes back to who waits longest', async () => {
    const { pool } = start({ size: 1, maxWaiting: 2 })
    const first = await pool.lease(never())
    const order: string[] = []
    const second = pool.lease(never()).then((lease) => {
      order.push('second')
      return lease
    })
    const third = pool.lease(never()).then(() => order.push('third'))
    first.release()
    const held = await second
    held.release()
    await third
    expect(order).toEqual(['second', 'third'])
  })

  it('refuses who would wait too long or in too long a queue', async () => {
    const { pool, clock } = start({ size: 1, maxWaiting: 1 })
    await pool.lease(never())
    const waits = expect(pool.lease(never())).rejects.toMatchObject({ code: 'busy' })
    await expect(pool.lease(never())).rejects.toMatchObject({ code: 'busy' })
    await clock.advance(1_000)
    await waits
    expect(clock.pendingTimers()).toBe(0)
  })

  it('forgets who gave up waiting', async () => {
    const { pool, clock } = start({ size: 1 })
    const first = await pool.lease(never())
    const abort = new AbortController()
    const waits = expect(pool.lease(abort.signal)).rejects.toMatchObject({ code: 'busy' })
    abort.abort()
    await waits
    expect(clock.pendingTimers()).toBe(0)
    first.release()
    expect(pool.tryLease()?.value).toBe(1)
  })

  it('replaces what broke', async () => {
    const { pool, disposed } = start({ size: 1 })
    const first = await pool.lease(never())
    const waits = pool.lease(never())
    first.release(true)
    expect((await waits).value).toBe(2)
    expect(disposed).toEqual([1])
  })

  it('gives a place back only once', async () => {
    const { pool } = start({ size: 1 })
    const first = await pool.lease(never())
    first.release()
    first.release()
    const second = pool.tryLease()
    expect(second?.value).toBe(1)
    expect(pool.tryLease()).toBeUndefined()
  })

  it('has one for who comes after a vain try', async () => {
    const { pool, made } = start({ size: 1 })
    expect(pool.tryLease()).toBeUndefined()
    await new Promise((resolve) => setImmediate(resolve))
    expect(pool.tryLease()?.value).toBe(1)
    expect(pool.tryLease()).toBeUndefined()
    expect(made()).toBe(1)
  })

  it('can be tried again after a failure to make one', async () => {
    let failing = true
    const { pool } = start({ size: 1, failing: () => failing })
    await expect(pool.lease(never())).rejects.toThrow('no model')
    failing = false
    expect((await pool.lease(never())).value).toBe(1)
  })

  it('disposes of everything when it closes, also of what comes back later', async () => {
    const { pool, disposed } = start({ size: 2 })
    await pool.warm(2)
    const lease = await pool.lease(never())
    await pool.close()
    lease.release()
    await expect(pool.lease(never())).rejects.toMatchObject({ code: 'failed' })
    expect(disposed.toSorted()).toEqual([1, 2])
  })
})
