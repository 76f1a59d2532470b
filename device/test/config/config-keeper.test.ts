import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { ok, refuse } from '@mynah/shared/result.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type { FromDeviceMessage } from '@mynah/shared/wire/topics.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createConfigKeeper } from '../../src/config/config-keeper.ts'
import type { DeviceConfig } from '../../src/config/device-config.ts'
import { isQuiet } from '../../src/config/quiet-hours.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mynah-config-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const createKeeper = () => {
  const acks: Omit<FromDeviceMessage<'config/ack'>, 'v'>[] = []
  const applied: DeviceConfig[] = []
  const keeper = createConfigKeeper({
    path: join(dir, 'config.json'),
    log: silentLog,
    acknowledge: (ack) => acks.push(ack),
    onApplied: (config) => applied.push(config),
    configureWake: async ({ words }) =>
      words.includes('crash')
        ? Promise.reject(new Error('the model file broke'))
        : words.includes('xyzzy')
          ? refuse({ code: 'unknown_word', message: 'no model for "xyzzy"' })
          : ok(words),
  })
  return { keeper, acks, applied }
}

describe('a configuration', () => {
  it('is applied, acknowledged and in force again after a restart', async () => {
    const { keeper, acks, applied } = createKeeper()
    await keeper.load()
    await keeper.receive({ v: 1, version: 4, volume: 30, follow_up_ms: 2_000, language: 'zh' })
    expect(acks).toEqual([{ version: 4, applied: true }])
    expect(applied.at(-1)).toMatchObject({ version: 4, volume: 30, followUpMs: 2_000, language: 'zh' })
    const restarted = createKeeper()
    await restarted.keeper.load()
    expect(restarted.keeper.current()).toMatchObject({ version: 4, volume: 30 })
  })
  it('that comes twice, or is older, is acknowledged and changes nothing', async () => {
    const { keeper, acks, applied } = createKeeper()
    await keeper.load()
    await keeper.receive({ v: 1, version: 4, volume: 30 })
    await keeper.receive({ v: 1, version: 4, volume: 99 })
    await keeper.receive({ v: 1, version: 2, volume: 99 })
    expect(acks.map(({ version, applied: done }) => [version, done])).toEqual([
      [4, true],
      [4, true],
      [2, true],
    ])
    expect(applied.at(-1)?.volume).toBe(30)
  })
  it('that breaks something does not keep the next one from being applied', async () => {
    const { keeper, acks } = createKeeper()
    await keeper.load()
    await keeper.receive({ v: 1, version: 1, wake: { words: ['crash'], preset: 'normal' } })
    await keeper.receive({ v: 1, version: 2, volume: 30 })
    expect(acks).toEqual([{ version: 2, applied: true }])
    expect(keeper.current()).toMatchObject({ version: 2, volume: 30 })
  })
  it('that cannot be used is refused with the field and a sentence, and the one before stays', async () => {
    const { keeper, acks } = createKeeper()
    await keeper.load()
    await keeper.receive({ v: 1, version: 1, wake: { words: ['xyzzy'], preset: 'normal' } })
    await keeper.receive({ v: 1, version: 2, quiet_hours: { from: '25:00', to: '06:00' } })
    await keeper.receive({ v: 1, version: 3, time_zone: 'Mars/Olympus' })
    expect(acks.map((ack) => `${ack.applied} ${ack.error?.code} ${ack.error?.field}`)).toEqual([
      'false unknown_word wake',
      'false bad_time quiet_hours.from',
      'false bad_time_zone time_zone',
    ])
    expect(keeper.current().version).toBe(0)
  })
  it('is refused when it cannot be stored: what was acknowledged is on disk', async () => {
    await writeFile(join(dir, 'not-a-folder'), '')
    const acks: unknown[] = []
    const keeper = createConfigKeeper({
      path: join(dir, 'not-a-folder', 'config.json'),
      log: silentLog,
      acknowledge: (ack) => acks.push(ack),
      onApplied: () => {},
      configureWake: async () => ok(undefined),
    })
    await keeper.receive({ v: 1, version: 1, volume: 10 })
    expect(acks).toMatchObject([{ version: 1, applied: false, error: { code: 'not_stored' } }])
    expect(keeper.current().version).toBe(0)
  })
})

describe('quiet hours', () => {
  const night = { from: '22:00', to: '07:00' }
  it('pass midnight in the time zone of the speaker', () => {
    expect(isQuiet(night, instant('2026-01-01T22:30:00Z'), 'Europe/Zurich')).toBe(true)
    expect(isQuiet(night, instant('2026-01-01T06:30:00Z'), 'Europe/Zurich')).toBe(false)
    expect(isQuiet(night, instant('2026-01-01T05:30:00Z'), 'Europe/Zurich')).toBe(true)
    expect(isQuiet({ from: '12:00', to: '14:00' }, instant('2026-01-01T12:00:00Z'), 'Asia/Shanghai')).toBe(false)
    expect(isQuiet(undefined, instant('2026-01-01T12:00:00Z'), undefined)).toBe(false)
  })
})
