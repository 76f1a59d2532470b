import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Channel, createChannel } from '../../src/streams/channel.ts'

const drain = async <T>(channel: Channel<T>): Promise<T[]> => {
  const items: T[] = []
  for await (const item of channel) items.push(item)
  return items
}

describe('a channel', () => {
  it('delivers what waits after its end, in order', async () => {
    const channel = createChannel<number>({ capacity: 4, overflow: 'refuse' })
    for (const item of [1, 2, 3]) channel.push(item)
    channel.end()
    expect(channel.push(4)).toBe(false)
    expect(await drain(channel)).toEqual([1, 2, 3])
  })

  it('refuses the newest or forgets the oldest when it is full', async () => {
    const refusing = createChannel<number>({ capacity: 2, overflow: 'refuse' })
    expect([1, 2, 3].map(refusing.push)).toEqual([true, true, false])
    const forgetting = createChannel<number>({ capacity: 2, overflow: 'drop_oldest' })
    expect([1, 2, 3].map(forgetting.push)).toEqual([true, true, true])
    refusing.end()
    forgetting.end()
    expect([await drain(refusing), await drain(forgetting)]).toEqual([
      [1, 2],
      [2, 3],
    ])
    expect([refusing.dropped(), forgetting.dropped()]).toEqual([1, 1])
  })

  it('throws its failure after what was pushed before', async () => {
    const channel = createChannel<number>({ capacity: 2, overflow: 'refuse' })
    const heard: number[] = []
    channel.push(1)
    channel.fail(new Error('the socket closed'))
    await expect(
      (async () => {
        for await (const item of channel) heard.push(item)
      })(),
    ).rejects.toThrow('the socket closed')
    expect(heard).toEqual([1])
  })

  it('wakes a consumer that waits, and refuses after the consumer left', async () => {
    const channel = createChannel<number>({ capacity: 2, overflow: 'refuse' })
    setImmediate(() => channel.push(7))
    for await (const item of channel) {
      expect(item).toBe(7)
      break
    }
    expect(channel.push(8)).toBe(false)
  })

  it.each(['refuse', 'drop_oldest'] as const)(
    'agrees with a plain list for any pushes and reads (%s)',
    async (overflow) => {
      const moves = fc.array(fc.oneof(fc.nat(), fc.constant('read' as const)), { maxLength: 60 })
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 5 }), moves, async (capacity, walk) => {
          const channel = createChannel<number>({ capacity, overflow })
          const reader = channel[Symbol.asyncIterator]()
          const model: number[] = []
          for (const move of walk) {
            if (move === 'read') {
              if (model.length > 0) expect(await reader.next()).toEqual({ done: false, value: model.shift() })
              continue
            }
            const isFull = model.length === capacity
            expect(channel.push(move)).toBe(overflow === 'drop_oldest' || !isFull)
            if (isFull && overflow === 'drop_oldest') model.shift()
            if (!isFull || overflow === 'drop_oldest') model.push(move)
            expect(channel.size()).toBe(model.length)
          }
          channel.end()
          expect(await drain(channel)).toEqual(model)
        }),
      )
    },
  )

  it('refuses a capacity that holds nothing', () => {
    expect(() => createChannel({ capacity: 0, overflow: 'refuse' })).toThrow('a channel needs a capacity of at least 1')
  })
})
