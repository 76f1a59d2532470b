import { getEventListeners } from 'node:events'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAhead } from '../../src/streams/read-ahead.ts'
import { createManualClock } from '../../src/time/manual-clock.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
const forever = new AbortController().signal

/** Counts what was made and whether it was closed. */
const counted = (items: readonly number[], failsAtEnd = false) => {
  const log = { made: 0, isClosed: false }
  const source = async function* () {
    try {
      for (const item of items) {
        log.made++
        yield item
      }
      if (failsAtEnd) throw new Error('the engine stopped')
    } finally {
      log.isClosed = true
    }
  }
  return { log, source: source() }
}

describe('readAhead', () => {
  it('makes items before anybody asks, up to its limit in items', async () => {
    const { log, source } = counted([1, 2, 3, 4, 5])
    readAhead(source, { maxItems: 3 }, forever)
    await settle()
    expect(log.made).toBe(3)
  })

  it('makes items up to its limit in milliseconds', async () => {
    const { log, source } = counted([100, 100, 100, 100])
    readAhead(source, { maxMs: 250, durationOf: (item) => item }, forever)
    await settle()
    expect(log.made).toBe(3)
  })

  it('hides the time a slow item takes behind the playing of the others', async () => {
    const clock = createManualClock()
    const source = async function* () {
      for (let i = 0; i < 4; i++) {
        if (i === 3) await clock.sleep(500)
        yield i
      }
    }
    const ahead = readAhead(source(), { maxMs: 1_000, durationOf: () => 200 }, forever)[Symbol.asyncIterator]()
    const startedMs: number[] = []
    const playing = (async () => {
      for (let i = 0; i < 4; i++) {
        await ahead.next()
        startedMs.push(clock.now())
        await clock.sleep(200)
      }
    })()
    await clock.advance(2_000)
    await playing
    expect(startedMs).toEqual([0, 200, 400, 600])
  })

  it('gives what came before an error, then the error', async () => {
    const heard: number[] = []
    const { source } = counted([1, 2], true)
    const read = async () => {
      for await (const item of readAhead(source, { maxItems: 9 }, forever)) heard.push(item)
    }
    await expect(read()).rejects.toThrow('the engine stopped')
    expect(heard).toEqual([1, 2])
  })

  it('closes its source and ends when the signal aborts, and leaves no listener', async () => {
    const turn = new AbortController()
    const { log, source } = counted([1, 2, 3])
    const ahead = readAhead(source, { maxItems: 1 }, turn.signal)
    await settle()
    turn.abort()
    await settle()
    expect(log).toEqual({ made: 1, isClosed: true })
    expect(await ahead[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined })
    expect(getEventListeners(turn.signal, 'abort')).toEqual([])
  })

  it('closes its source when the consumer leaves', async () => {
    const { log, source } = counted([1, 2, 3])
    for await (const item of readAhead(source, { maxItems: 1 }, forever)) {
      expect(item).toBe(1)
      break
    }
    await settle()
    expect(log.isClosed).toBe(true)
  })

  it('keeps every item and its order for any limit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), fc.integer({ min: 1, max: 5 }), async (items, maxItems) => {
        const heard: number[] = []
        for await (const item of readAhead(counted(items).source, { maxItems }, forever)) heard.push(item)
        expect(heard).toEqual(items)
      }),
    )
  })
})
