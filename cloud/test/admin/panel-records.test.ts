import type { ScheduledView } from '@mynah/shared/api/schedules.ts'
import { intents } from '@mynah/shared/dialogue/grammar/intent.ts'
import { skillNameOf } from '@mynah/shared/dialogue/skills/skills.ts'
import { fromDevice, toDevice } from '@mynah/shared/wire/topics.ts'
import { describe, expect, test } from 'vitest'
import { en } from '../../admin/src/i18n/en/en.ts'
import { zh } from '../../admin/src/i18n/zh/zh.ts'
import { scheduleAfter, withItem } from '../../admin/src/live/schedule-items.ts'
import { familyOfSkill } from '../../admin/src/pages/skill-family.ts'
import { partNames } from '../../src/gateway/pages.ts'
import { auditActions } from '../../src/store/audit-store.ts'

describe('what is recorded is said in words', () => {
  test.each([
    ['audit actions', auditActions, en.records.auditActions, zh.records.auditActions],
    ['events of a speaker', fromDevice.event.entries.type.options, en.records.speakerEvents, zh.records.speakerEvents],
    ['parts of the cloud', partNames, en.system.parts, zh.system.parts],
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

describe('codes', () => {
  test.each(['fields', 'faults', 'stages', 'tools', 'skills'] as const)('%s have words in both languages', (group) => {
    expect(Object.keys(zh.codes[group])).toEqual(Object.keys(en.codes[group]))
  })

  test('among values have words in both languages', () => {
    const keys = (values: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
      Object.entries(values).map(([name, texts]) => [name, Object.keys(texts)])
    expect(keys(zh.codes.values)).toEqual(keys(en.codes.values))
  })

  test('of every kind of command belong to a group of skills', () => {
    const unknown = intents.filter((intent) => !familyOfSkill(skillNameOf(intent).slice('skill:'.length)))
    expect(unknown).toEqual([])
  })

  test('of every setting of a speaker have words', () => {
    const { v: _v, version: _version, ...settings } = toDevice.config.entries
    expect(Object.keys(settings).filter((name) => !(name in en.codes.fields))).toEqual([])
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
