import { silentLog } from '@mynah/shared/log/log.ts'
import { expect, test } from 'vitest'
import { createParts } from '../../src/supervise/parts.ts'

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

test('parts stop in the reverse order of their start, each after the one before has stopped', async () => {
  const parts = createParts(silentLog)
  const order: string[] = []
  parts.add('store', () => void order.push('store'))
  parts.run('broker', async (signal) => {
    await untilAborted(signal)
    await new Promise((resolve) => setImmediate(resolve))
    order.push('broker')
  })
  parts.add('http', async () => void order.push('http'))
  await parts.stopAll()
  expect(order).toEqual(['http', 'broker', 'store'])
})

test('a part that ends by itself is told by name', async () => {
  const parts = createParts(silentLog)
  parts.run('steady', untilAborted)
  parts.run('plane', async () => {
    throw new Error('broken')
  })
  expect(await parts.failed).toMatchObject({ name: 'plane', error: { message: 'broken' } })
  await parts.stopAll()
})

test('a part that fails to stop does not keep the others running', async () => {
  const parts = createParts(silentLog)
  let isStopped = false
  parts.add('store', () => {
    isStopped = true
  })
  parts.add('stubborn', () => {
    throw new Error('no')
  })
  await parts.stopAll()
  expect(isStopped).toBe(true)
})
