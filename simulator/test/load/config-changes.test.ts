import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, test } from 'vitest'
import { createConfigChanges } from '../../src/load/config-changes.ts'
import type { RawHttp } from '../../src/load/raw-http.ts'
import { createViolationCount } from '../../src/load/violation-count.ts'

type Config = { readonly version: number; readonly state: string; readonly volume: number }

/** A cloud that gives these answers to changes, and shows this to who looks afterwards. */
const changing = (answer: Config, shownAt: (ms: number) => Config = () => answer) => {
  const clock = createManualClock()
  const startedMs = clock.now()
  const http: Pick<RawHttp, 'request'> = {
    request: async ({ method }) => {
      const { version, state, volume } = method === 'PUT' ? answer : shownAt(clock.now() - startedMs)
      return { status: 200, headers: '', body: JSON.stringify({ version, state, config: { volume } }) }
    },
  }
  const violations = createViolationCount()
  let late = 0
  const plan = { devicesOf: { home: ['kitchen'] } }
  const tally = { violations, isEndedToken: () => false, noteLate: () => void late++ }
  const { change, settled } = createConfigChanges(plan, http, tally, clock)
  const caller = {
    person: { login: 'ada', password: '', token: '', home_ids: ['home'] },
    hasLogin: false,
    token: '',
    cookie: '',
    isRenewing: false,
    etags: new Map(),
  }
  return {
    change: async () => {
      await change(caller)
      const all = settled()
      await clock.advance(40_000)
      await all
      return { late, violations: violations.all() }
    },
  }
}

describe('a changed setting', () => {
  test('that its speaker applies at once is right', async () => {
    expect(await changing({ version: 1, state: 'applied', volume: 0 }).change()).toEqual({ late: 0, violations: {} })
  })

  test('that its speaker applies after the answer was given is late and no fault', async () => {
    const pending = { version: 3, state: 'pending', volume: 0 }
    const shown = (ms: number) => (ms < 5_000 ? pending : { ...pending, state: 'applied' })
    expect(await changing(pending, shown).change()).toEqual({ late: 1, violations: {} })
  })

  test('that a newer one replaced meanwhile is no fault', async () => {
    const pending = { version: 3, state: 'pending', volume: 0 }
    const shown = () => ({ ...pending, version: 4 })
    expect(await changing(pending, shown).change()).toEqual({ late: 1, violations: {} })
  })

  test('that is never applied, refused, or another one is a fault', async () => {
    const faultOf = async (answer: Config) => Object.keys((await changing(answer).change()).violations)
    expect(await faultOf({ version: 3, state: 'pending', volume: 0 })).toEqual([
      'a configuration stayed pending although its speaker was there',
    ])
    expect(await faultOf({ version: 3, state: 'refused', volume: 0 })).toEqual([
      'a configuration was refused instead of applied',
    ])
    expect(await faultOf({ version: 3, state: 'applied', volume: 9 })).toEqual([
      'a configuration was answered with another one',
    ])
  })
})
