import { describe, expect, it } from 'vitest'
import { busVolumes } from '../../src/audio/bus-volumes.ts'

const at = (volume: number, config: Parameters<typeof busVolumes>[0]['config'] = {}, isQuiet = false) =>
  busVolumes({ config, volume, isQuiet })

describe('the volumes of the buses', () => {
  it('are one, where nothing else was set, but for the least of an alarm', () => {
    expect(at(60)).toEqual({ assistant: 60, media: 60, alarm: 60 })
    expect(at(0)).toEqual({ assistant: 0, media: 0, alarm: 50 })
  })
  it('can be set each by itself', () => {
    expect(at(60, { mediaVolume: 20, alarmVolume: 80 })).toEqual({ assistant: 60, media: 20, alarm: 80 })
  })
  it('let no alarm be quieter than its least, which the owner sets', () => {
    expect(at(10, { alarmVolume: 5, alarmMinVolume: 30 }).alarm).toBe(30)
    expect(at(10, { alarmMinVolume: 0 }).alarm).toBe(10)
  })
  it('are low in quiet hours, but for alarms', () => {
    expect(at(80, { mediaVolume: 90 }, true)).toEqual({ assistant: 30, media: 30, alarm: 80 })
    expect(at(10, {}, true)).toEqual({ assistant: 10, media: 10, alarm: 50 })
  })
})
