import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDiskBarrier } from '../../src/store/disk-barrier.ts'

/** A disk whose syncs end when the test says so; each covers what was written when it began. */
const createDisk = () => {
  let written = 0
  let safe = 0
  let syncs = 0
  const ending: { covers: number; resolve: () => void; reject: (error: Error) => void }[] = []
  return {
    write: () => ++written,
    changes: () => written,
    safe: () => safe,
    syncs: () => syncs,
    sync: () => {
      syncs++
      const covers = written
      return new Promise<void>((resolve, reject) => void ending.push({ covers, resolve, reject }))
    },
    end: async () => {
      const sync = ending.shift()
      if (sync) safe = Math.max(safe, sync.covers)
      sync?.resolve()
      await new Promise((resolve) => setImmediate(resolve))
    },
    fail: async () => {
      ending.shift()?.reject(new Error('EIO'))
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('whoever waits is told only after a sync that began after the write', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('write', 'end', 'ask'), { maxLength: 60 }), async (moves) => {
      const disk = createDisk()
      const barrier = createDiskBarrier(disk)
      const tooEarly: number[] = []
      const told: Promise<void>[] = []
      for (const move of moves) {
        if (move === 'end') await disk.end()
        else {
          const mark = move === 'write' ? disk.write() : disk.changes()
          told.push(barrier.durable().then(() => void (disk.safe() < mark && tooEarly.push(mark))))
        }
      }
      for (let again = 0; again < 3; again++) await disk.end()
      await Promise.all(told)
      expect(tooEarly).toEqual([])
    }),
    { numRuns: 200 },
  )
})

test('a thousand writers at once cost two syncs', async () => {
  const disk = createDisk()
  const barrier = createDiskBarrier(disk)
  const all = Array.from({ length: 1_000 }, () => {
    disk.write()
    return barrier.durable()
  })
  await disk.end()
  await disk.end()
  await Promise.all(all)
  expect(disk.syncs()).toBe(2)
})

test('who wrote nothing since the last sync waits for none', async () => {
  const disk = createDisk()
  const barrier = createDiskBarrier(disk)
  const first = barrier.durable()
  await disk.end()
  await first
  await barrier.durable()
  expect(disk.syncs()).toBe(1)
  disk.write()
  const [second, third] = [barrier.durable(), barrier.durable()]
  await disk.end()
  await Promise.all([second, third])
  expect(disk.syncs()).toBe(2)
})

test('a disk that failed is never vouched for again', async () => {
  const disk = createDisk()
  const barrier = createDiskBarrier(disk)
  disk.write()
  const both = Promise.allSettled([barrier.durable(), barrier.durable()])
  await disk.fail()
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(barrier.durable()).rejects.toThrow('EIO')
  expect(disk.syncs()).toBe(1)
})
