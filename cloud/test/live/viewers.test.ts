import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { beforeEach, expect, test } from 'vitest'
import type { Principal } from '../../src/auth/principals.ts'
import type { LiveView } from '../../src/live/live-view.ts'
import { createViewers, type Viewers } from '../../src/live/viewers.ts'

const personWith = (...homes: readonly string[]): Principal => ({
  personId: 'ada',
  login: 'ada',
  actor: 'ada',
  isSystemAdmin: false,
  homes: new Map(homes.map((homeId) => [homeId, 'viewer'])),
  via: { type: 'login', loginId: 'one' },
})

let clock: ReturnType<typeof createManualClock>
let viewers: Viewers
/** As the database has it, whoever wrote it. */
let stored: Principal | undefined
let looks: number
let told: (readonly [string, readonly string[]] | readonly [string, 'ended'])[]
let forget: () => void
beforeEach(() => {
  clock = createManualClock()
  stored = personWith('home')
  looks = 0
  told = []
  viewers = createViewers({
    clock,
    principals: {
      lookAgain: () => {
        looks += 1
        return stored
      },
      onForget: (listener) => {
        forget = listener
        return () => {}
      },
    },
    hub: {
      setView: (viewer: string, { homes }: LiveView) => void told.push([viewer, [...homes]]),
      end: (viewer: string) => void told.push([viewer, 'ended']),
    },
  })
})

test('a change by another process is seen within twenty seconds', async () => {
  viewers.join(personWith('home'))
  await clock.advance(15_000)
  stored = personWith('home', 'cabin')
  await clock.advance(6_000)
  expect(told).toEqual([['login one', ['home', 'cabin']]])
  stored = undefined
  await clock.advance(20_000)
  expect(told.at(-1)).toEqual(['login one', 'ended'])
  await clock.advance(60_000)
  expect(told).toHaveLength(2)
})

test('connections of one login are looked up once for all, and only as long as there is one', async () => {
  const connections = Array.from({ length: 5 }, () => viewers.join(personWith('home')))
  expect(viewers.size()).toBe(5)
  forget()
  expect(looks).toBe(1)
  await clock.advance(20_000)
  expect(looks).toBe(2)
  // Nothing has changed: nobody is told.
  expect(told).toEqual([])
  for (const { leave } of connections) leave()
  expect(viewers.size()).toBe(0)
  forget()
  await clock.advance(60_000)
  expect(looks).toBe(2)
})

test('a login that is over is no longer looked up, though its connections are still closing', () => {
  const { leave } = viewers.join(personWith('home'))
  stored = undefined
  forget()
  forget()
  expect(told).toEqual([['login one', 'ended']])
  leave()
  expect(viewers.size()).toBe(0)
})
