import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAlertKeeper } from '../../src/live/alert-keeper.ts'
import type { NewEvent } from '../../src/live/new-event.ts'
import { unseen } from '../../src/live/speaker-view.ts'
import { noticeStillAway } from '../../src/live/still-away.ts'
import { openStore } from '../../src/store/open-store.ts'
import { temporaryFolder } from '../temporary-store.ts'

let folder: ReturnType<typeof temporaryFolder>
const clock = createManualClock()
const opened: { close: () => void }[] = []
const stop = new AbortController()
/** A process of the cloud on the one database. */
const start = () => {
  const store = openStore({ dataDir: folder.path, clock, log: silentLog })
  opened.push(store)
  const told: NewEvent[] = []
  const hub = { publish: (event: NewEvent) => void told.push(event) }
  const keeper = createAlertKeeper({ clock, log: silentLog, store: store.alerts, hub, isShared: true })
  return { store, keeper, told, states: () => told.map(({ fields }) => fields?.state) }
}
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => {
  for (const store of opened.splice(0)) store.close()
  folder.remove()
})

const offline = (homeId: string | null, deviceId = 'kitchen') =>
  ({ homeId, kind: 'offline', subject: deviceId, deviceId, severity: 'warning', detail: {} }) as const

describe('what lasts', () => {
  test('lasts over a restart, and ends once', () => {
    const before = start()
    const homeId = before.store.devices.defaultHomeId()
    before.keeper.begin(offline(homeId))
    before.keeper.begin(offline(homeId))
    before.store.close()
    opened.pop()
    const after = start()
    expect(after.keeper.lasts(offline(homeId))).toBe(true)
    expect(after.keeper.lastingIn([homeId])).toHaveLength(1)
    after.keeper.begin(offline(homeId))
    after.keeper.end(offline(homeId))
    after.keeper.end(offline(homeId))
    expect(before.states()).toEqual(['raised'])
    expect(after.states()).toEqual(['cleared'])
    expect(after.store.alerts.page({ homeIds: [homeId], withCloud: false, limit: 10 })).toHaveLength(1)
  })

  test('is seen by the process beside the one that noticed it, each change once', async () => {
    const gateway = start()
    const bridge = start()
    const homeId = gateway.store.devices.defaultHomeId()
    const running = [gateway, bridge].map(({ keeper }) => keeper.run(stop.signal))
    gateway.keeper.begin(offline(homeId, 'attic'))
    bridge.keeper.begin(offline(homeId))
    // Both hear the last will of a speaker.
    gateway.keeper.begin(offline(homeId))
    expect(gateway.told.map(({ device_id }) => device_id)).toEqual(['attic'])
    await clock.advance(2_000)
    for (const { told } of [gateway, bridge]) {
      expect(told.map(({ device_id }) => device_id).sort()).toEqual(['attic', 'kitchen'])
    }
    gateway.keeper.end(offline(homeId))
    bridge.keeper.end(offline(homeId))
    await clock.advance(4_000)
    expect(gateway.states()).toEqual(['raised', 'raised', 'cleared'])
    expect(bridge.states()).toEqual(['raised', 'raised', 'cleared'])
    expect(bridge.keeper.lasts(offline(homeId))).toBe(false)
    stop.abort()
    await clock.advance(2_000)
    await Promise.all(running)
  })

  test('never takes down what raised it', () => {
    const { keeper, told, store } = start()
    keeper.begin(offline('a home that is gone'))
    expect(told).toEqual([])
    expect(store.alerts.lasting()).toEqual([])
  })
})

describe('the record', () => {
  test('keeps 90 days and 2,000 of a home; what lasts is kept however old it is', async () => {
    const { store, keeper } = start()
    const homeId = store.devices.defaultHomeId()
    keeper.begin(offline(homeId, 'cellar'))
    const note = () => keeper.note({ ...offline(homeId), kind: 'speaker_error' })
    note()
    await clock.advance(91 * 86_400_000)
    store.atOnce(() => {
      for (let count = 0; count < 2_010; count++) note()
    })
    await store.alerts.sweep(new AbortController().signal)
    const kept = store.alerts.page({ homeIds: [homeId], withCloud: false, limit: 5_000 })
    expect(kept).toHaveLength(2_001)
    expect(kept.at(-1)).toMatchObject({ subject: 'cellar', endedAt: null })
  })

  test('goes with its home', () => {
    const { store, keeper } = start()
    const homeId = store.devices.defaultHomeId()
    keeper.note({ ...offline(homeId), kind: 'speaker_error' })
    store.db.prepare('DELETE FROM homes WHERE home_id = ?').run(homeId)
    expect(store.alerts.changedAfter(0)).toEqual([])
  })
})

test('a speaker that was connected before a restart and does not come back is offline, one that does is not', async () => {
  const { store, keeper } = start()
  const homeId = store.devices.defaultHomeId()
  const names = ['kitchen', 'attic', 'cellar']
  const statuses = names.map((deviceId) => ({
    deviceId,
    status: { v: 1 as const, online: deviceId !== 'cellar' },
    seenAt: clock.wallTime(),
  }))
  const find = (deviceId: string) => {
    const view = { ...unseen({ deviceId, homeId, enrolledAt: '' }), online: deviceId === 'kitchen' }
    return { homeId, enrolledAt: '', view, json: '', steady: '' }
  }
  const noticed = noticeStillAway({ clock, statuses, speakers: { find }, keeper }, new AbortController().signal)
  await clock.advance(119_000)
  expect(store.alerts.lasting()).toEqual([])
  await clock.advance(1_000)
  await noticed
  expect(store.alerts.lasting().map(({ deviceId }) => deviceId)).toEqual(['attic'])
})
