import { describe, expect, test } from 'vitest'
import { boundOf, latenessBetween, parseCloudLateness } from '../../src/load/cloud-record.ts'

const metrics = (frames: number, within: Readonly<Record<number, number>>) =>
  [
    '# TYPE mynah_audio gauge',
    'mynah_audio{name="datagrams_sent"} 7',
    ...Object.entries(within).map(([bound, count]) => `mynah_audio{name="reply_frames_late_le_${bound}_ms"} ${count}`),
    `mynah_audio{name="reply_frames"} ${frames}`,
    '',
  ].join('\n')
const record = (frames: number, within: Readonly<Record<number, number>>) => {
  const parsed = parseCloudLateness(metrics(frames, within))
  if (!parsed) throw new Error('a record was written and none was read')
  return parsed
}

describe("the cloud's own record of its replies", () => {
  test('is read from its metrics, by rising bounds', () => {
    expect(record(10, { 100: 10, 2: 4 })).toEqual({
      frames: 10,
      within: [
        { boundMs: 2, frames: 4 },
        { boundMs: 100, frames: 10 },
      ],
    })
    expect(parseCloudLateness('mynah_audio{name="datagrams_sent"} 7\n')).toBeUndefined()
  })

  test('counts only what came in between', () => {
    const between = latenessBetween(record(100, { 1: 0, 20: 100 }), record(300, { 1: 190, 20: 299 }))
    expect(between.frames).toBe(200)
    expect([0.5, 0.95, 0.99, 1].map((share) => boundOf(between, share))).toEqual([1, 1, 20, undefined])
  })

  test('is nothing when a worker began anew meanwhile, and never less than nothing', () => {
    const between = latenessBetween(record(100, { 1: 90 }), record(20, { 1: 20 }))
    expect([between.frames, boundOf(between, 0.5)]).toEqual([0, undefined])
  })
})
