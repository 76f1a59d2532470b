import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEventWriter } from '../../src/live/event-writer.ts'
import { defaultLiveLimits } from '../../src/live/live-limits.ts'
import { type FromLive, sizeOf, type ToLive } from '../../src/live/live-messages.ts'
import { runLive } from '../../src/live/run-live.ts'

/** Each look at the clock takes a millisecond, and the event loop goes round when told. */
let posted: FromLive[]
let turns: (() => void)[]
let send: (message: ToLive) => void
let isReady: boolean
let stop: () => void
let running: Promise<void>
beforeEach(() => {
  posted = []
  turns = []
  isReady = false
  let nowMs = 0
  const stopping = new AbortController()
  stop = () => stopping.abort()
  running = runLive(
    {
      clock: {
        ...systemClock,
        now: () => {
          nowMs += 1
          return nowMs
        },
      },
      log: silentLog,
      residentBytes: () => 1,
      post: (message) => void posted.push(message),
      onMessage: (listener) => {
        send = (message) => listener(message, undefined)
      },
      nextTurn: (callback) => void turns.push(callback),
      onReady: () => {
        isReady = true
      },
    },
    stopping.signal,
  )
})
afterEach(async () => {
  stop()
  await running
})

const writer = createEventWriter({ clock: systemClock })
const eventsOf = (count: number): ToLive => ({
  type: 'events',
  events: Array.from({ length: count }, () =>
    writer.write({ type: 'device_removed', home_id: 'home', device_id: 'kitchen' }),
  ),
})
const done = () => posted.flatMap((message) => (message.type === 'done' ? [message] : []))

test('what waits is worked off for some milliseconds in each turn of the event loop', () => {
  send({ type: 'start', from: writer.position(), limits: defaultLiveLimits })
  const sent = [...Array.from({ length: 60 }, () => eventsOf(1)), eventsOf(40)]
  for (const one of sent) send(one)
  expect(isReady).toBe(false)
  turns.shift()?.()
  expect(isReady).toBe(true)
  const [first] = done()
  expect(first?.messages).toBeGreaterThan(10)
  expect(first?.messages).toBeLessThan(30)
  let count = 1
  for (let turn = turns.shift(); turn; turn = turns.shift()) {
    turn()
    count += 1
  }
  expect(count).toBeGreaterThan(4)
  // All is told as done, by number and weight, so that whoever sends knows what waits.
  const bytes = sent.reduce((sum, one) => sum + sizeOf(one), 0)
  expect(done().reduce((sum, { messages }) => sum + messages, 0)).toBe(101)
  expect(done().reduce((sum, one) => sum + one.bytes, 0)).toBe(bytes)
})

test('a connection that did not arrive is told to be over', () => {
  send({ type: 'start', from: writer.position(), limits: defaultLiveLimits })
  send({ type: 'socket', connection: 7 })
  const view = { homes: new Set<string>(), maySeeTurns: false }
  send({ type: 'enter', connection: 8, entry: { viewer: 'ada', view, headers: {}, head: new Uint8Array() } })
  turns.shift()?.()
  expect(posted.filter(({ type }) => type === 'left')).toEqual([
    { type: 'left', connection: 7 },
    { type: 'left', connection: 8 },
  ])
})
