import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { apa102Frame } from '../../src/indicators/apa102.ts'
import { type Colour, lightFrame } from '../../src/indicators/light-frame.ts'
import { initialLights, type Pattern, patternOf, stepLights } from '../../src/indicators/light-state.ts'
import { runLights } from '../../src/indicators/run-lights.ts'
import type { SpeakerEvent } from '../../src/runtime/speaker-event.ts'

const online: SpeakerEvent = { type: 'link_changed', link: 'online', atMs: 0 }
const offline: SpeakerEvent = { type: 'link_changed', link: 'offline', atMs: 0 }
const phase = (name: 'idle' | 'listening' | 'thinking' | 'speaking' | 'expecting'): SpeakerEvent => ({
  type: 'phase_changed',
  phase: name,
  atMs: 0,
})
const muted = (on: boolean): SpeakerEvent => ({ type: 'mute_changed', muted: on, atMs: 0 })
const ringing = (on: boolean): SpeakerEvent => ({ type: 'ringing_changed', ringing: on, atMs: 0 })
const recording = (on: boolean): SpeakerEvent => ({ type: 'own_word_recording_changed', recording: on, atMs: 0 })
const update = (code: string): SpeakerEvent => ({ type: 'update_changed', code, atMs: 0 })
const failed: SpeakerEvent = {
  type: 'turn_ended',
  sessionId: 'a',
  reason: 'failed',
  timings: {},
  audio: { sent: 0, lost: 0, recovered: 0, late: 0, concealed: 0 },
  atMs: 1_000,
}
const broken: SpeakerEvent = { type: 'sound_hardware_changed', direction: 'microphone', fault: 'not_found', atMs: 0 }

const after = (...events: readonly SpeakerEvent[]) => events.reduce(stepLights, initialLights)
const shownAfter = (...events: readonly SpeakerEvent[]) => patternOf(after(...events), 1_100)

describe('what the lights show', () => {
  it.each<[Pattern, readonly SpeakerEvent[]]>([
    ['offline', []],
    ['off', [online]],
    ['listening', [online, phase('listening')]],
    ['thinking', [online, phase('listening'), phase('thinking')]],
    ['speaking', [online, phase('speaking')]],
    ['expecting', [online, phase('expecting')]],
    ['muted', [online, muted(true)]],
    ['off', [online, muted(true), muted(false)]],
    ['ringing', [online, ringing(true)]],
    ['recording', [online, recording(true)]],
    ['off', [online, recording(true), recording(false)]],
    ['error', [online, phase('thinking'), phase('idle'), failed]],
    ['updating', [online, update('downloaded')]],
    ['off', [online, update('downloaded'), update('untrusted')]],
    ['broken', [online, broken]],
    ['claiming', [{ type: 'claim_code', code: '123456', cloudUrl: 'http://cloud.test', atMs: 0 }]],
  ])('is %s', (pattern, events) => {
    expect(shownAfter(...events)).toBe(pattern)
  })
  it('is what a person waits for before what they know already', () => {
    expect(shownAfter(offline, muted(true), broken, update('unpacked'), phase('listening'))).toBe('listening')
    expect(shownAfter(online, phase('speaking'), ringing(true))).toBe('ringing')
    expect(shownAfter(online, muted(true), update('unpacked'))).toBe('updating')
    expect(shownAfter(online, phase('listening'), ringing(true), recording(true))).toBe('recording')
  })
  it('is a fault until both microphone and loudspeaker work', () => {
    const loudspeaker = { type: 'sound_hardware_changed', direction: 'loudspeaker', atMs: 0 } as const
    expect(shownAfter(online, broken, { ...loudspeaker, fault: 'busy' }, loudspeaker)).toBe('broken')
    expect(shownAfter(online, broken, { type: 'sound_hardware_changed', direction: 'microphone', atMs: 0 })).toBe('off')
  })
  it('stops being an error by itself', () => {
    const state = after(online, failed)
    expect([patternOf(state, 2_400), patternOf(state, 2_600)]).toEqual(['error', 'off'])
  })
})

describe('a frame of lights', () => {
  const awake: readonly Pattern[] = [
    'recording',
    'listening',
    'thinking',
    'speaking',
    'expecting',
    'updating',
    'claiming',
    'broken',
    'muted',
    'offline',
  ]
  const patterns: readonly Pattern[] = ['off', 'ringing', 'error', ...awake]
  it('has a colour for each light at every moment, and is dark only when off or blinking', () => {
    for (const pattern of patterns) {
      for (let atMs = 0; atMs < 7_000; atMs += 35) {
        const frame = lightFrame(pattern, atMs, 3)
        expect(frame.length).toBe(3)
        expect(frame.flat().every((value) => Number.isInteger(value) && value >= 0 && value <= 255)).toBe(true)
        const isDark = frame.flat().every((value) => value === 0)
        expect(isDark && awake.includes(pattern), `${pattern} ${atMs}`).toBe(false)
      }
    }
  })
  it('is plain red only when the microphone is off or something is wrong', () => {
    const isRed = ([red, green, blue]: Colour) => red > 0 && green < red / 5 && blue === 0
    const red = patterns.filter((pattern) => lightFrame(pattern, 100, 1).some(isRed))
    expect(red).toEqual(['error', 'broken', 'muted'])
  })
  it('is a look of its own for each pattern', () => {
    const course = (pattern: Pattern) =>
      JSON.stringify(Array.from({ length: 200 }, (_, step) => lightFrame(pattern, step * 35, 3)))
    expect(new Set(patterns.map(course)).size).toBe(patterns.length)
  })
  it('goes round while it thinks', () => {
    const brightest = (atMs: number) => {
      const blues = lightFrame('thinking', atMs, 3).map(([, , blue]) => blue)
      return blues.indexOf(Math.max(...blues))
    }
    expect([0, 300, 600, 900].map((atMs) => brightest(atMs + 10))).toEqual([0, 1, 2, 0])
  })
})

it('APA102: start, a mark and blue, green, red for each light, end', () => {
  const frame = apa102Frame([
    [255, 1, 2],
    [3, 4, 5],
  ])
  expect([...frame]).toEqual([0, 0, 0, 0, 0xe4, 2, 1, 255, 0xe4, 5, 4, 3, 255, 255, 255, 255])
})

describe('the lights of a speaker', () => {
  const start = (show?: (colours: readonly Colour[]) => void) => {
    const clock = createManualClock()
    const frames: (readonly Colour[])[] = []
    let listener: (event: SpeakerEvent) => void = () => {}
    let closed = 0
    const stop = new AbortController()
    const running = runLights(
      {
        clock,
        log: silentLog,
        lights: { leds: 3, show: show ?? ((colours) => void frames.push(colours)), close: () => void closed++ },
        events: (next) => {
          listener = next
          return () => {
            listener = () => {}
          }
        },
      },
      stop.signal,
    )
    return { clock, frames, tell: (event: SpeakerEvent) => listener(event), stop, running, closed: () => closed }
  }
  it('follow it at once, stand still when nothing moves, and go dark with it', async () => {
    const at = start()
    at.tell(online)
    await at.clock.advance(1_000)
    const idle = at.frames.length
    await at.clock.advance(10_000)
    expect(at.frames.length, 'frames while nothing happens').toBe(idle)
    at.tell(phase('listening'))
    await at.clock.advance(0)
    expect(at.frames.at(-1)).toEqual(lightFrame('listening', 0, 3))
    at.tell(phase('thinking'))
    await at.clock.advance(1_000)
    expect(at.frames.length).toBeGreaterThan(idle + 15)
    at.stop.abort()
    await at.clock.advance(0)
    await at.running
    expect(at.frames.at(-1)).toEqual(lightFrame('off', 0, 3))
    expect(at.closed()).toBe(1)
  })
  it('that fail are given up without a word to anybody else', async () => {
    const at = start(() => {
      throw new Error('EIO')
    })
    await at.clock.advance(100)
    await at.running
    expect(at.closed()).toBe(1)
    at.tell(phase('listening'))
  })
})
