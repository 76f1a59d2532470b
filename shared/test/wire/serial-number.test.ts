import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serialAdd, serialDistance, unwrapSerial } from '../../src/wire/serial-number.ts'
import { holds } from '../holds.ts'

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })

describe('serial numbers', () => {
  it('are as far apart as the steps between them, across the wrap too', () => {
    holds(
      fc.property(u32, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (from, steps) => {
        expect(serialDistance(from, serialAdd(from, steps))).toBe(steps)
      }),
    )
  })

  it('unwrap to the walk they came from', () => {
    holds(
      fc.property(
        fc.nat({ max: 2 ** 40 }),
        fc.array(fc.integer({ min: -1_000_000, max: 2 ** 30 }), { maxLength: 50 }),
        (start, steps) => {
          let truth = start
          let unwrapped = start
          for (const step of steps) {
            truth += step
            unwrapped = unwrapSerial(unwrapped, truth % 2 ** 32)
            expect(unwrapped).toBe(truth)
          }
        },
      ),
    )
  })

  it('put media time right behind its wrap', () => {
    expect(unwrapSerial(2 ** 32 - 320, 0)).toBe(2 ** 32)
    expect(unwrapSerial(2 ** 32, 2 ** 32 - 320)).toBe(2 ** 32 - 320)
  })
})
