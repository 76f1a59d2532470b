import type { ScheduledView } from '@mynah/shared/api/devices.ts'
import { fromDevice } from '@mynah/shared/wire/topics.ts'
import { describe, expect, test } from 'vitest'
import { records as en } from '../../admin/src/i18n/en/records.ts'
import { records as zh } from '../../admin/src/i18n/zh/records.ts'
import { scheduleAfter, withItem } from '../../admin/src/live/schedule-items.ts'
import { auditActions } from '../../src/store/audit-store.ts'

describe('what is recorded is said in words', () => {
  test.each([
    ['audit actions', auditActions, en.auditActions, zh.auditActions],
    ['events of a speaker', fromDevice.event.entries.type.options, en.speakerEvents, zh.speakerEvents],
  ] as const)('%s: none lacks its words in English or Chinese', (_what, codes, english, chinese) => {
    const [inEnglish, inChinese]: Readonly<Record<string, string>>[] = [english, chinese]
    expect(Object.keys(english).sort()).toEqual([...codes].sort())
    expect(Object.keys(chinese).sort()).toEqual([...codes].sort())
    for (const code of codes) {
      expect(inEnglish?.[code], code).toMatch(/^[A-Z]/)
      expect(inChinese?.[code], code).toMatch(/\p{Script=Han}/u)
    }
  })
})

describe('a list of timers and alarms', () => {
  const item = (device_id: string, item_id: string, hour: number): ScheduledView => ({
    device_id,
    item_id,
    kind: 'alarm',
    fires_at: `2026-01-01T${String(hour).padStart(2, '0')}:00:00.000Z`,
  })
  const items = [item('kitchen', 'a', 7), item('bath', 'b', 8), item('kitchen', 'c', 9)]
  const event = { event_id: 'e.1', at: '2026-01-01T00:00:00.000Z', home_id: 'home', device_id: 'kitchen' }
  const all = () => true

  test('takes over all of one speaker, soonest first', () => {
    const { device_id: _device, ...late } = item('kitchen', 'd', 10)
    const { device_id: _other, ...early } = item('kitchen', 'e', 6)
    const after = scheduleAfter(items, { ...event, type: 'schedule_update', items: [late, early] }, all)
    expect(after.map(({ item_id }) => item_id)).toEqual(['e', 'b', 'd'])
  })

  test('loses those of a speaker that is gone', () => {
    const after = scheduleAfter(items, { ...event, type: 'device_removed' }, all)
    expect(after.map(({ item_id }) => item_id)).toEqual(['b'])
  })

  test('of one speaker is the very same after an event of another', () => {
    const only = (id: string) => id === 'bath'
    expect(scheduleAfter(items, { ...event, type: 'schedule_update', items: [] }, only)).toBe(items)
  })

  test('has one of each item', () => {
    expect(withItem(items, item('kitchen', 'a', 10)).map(({ item_id }) => item_id)).toEqual(['b', 'c', 'a'])
  })
})
