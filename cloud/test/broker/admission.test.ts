import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createAdmission } from '../../src/broker/admission.ts'

const storm = (connections: number, options: { maxWaiting: number }) => {
  const clock = createManualClock()
  const admission = createAdmission({ clock, perSecond: 100, burst: 20, ...options })
  const admitted: number[] = []
  const cut: number[] = []
  for (let n = 0; n < connections; n++) if (!admission.ask(() => admitted.push(n))) cut.push(n)
  return { clock, admission, admitted, cut }
}

test('a few connections are let in at once', () => {
  expect(storm(20, { maxWaiting: 100 }).admitted).toHaveLength(20)
})

test('a storm is let in at the rate, in its order', async () => {
  const { clock, admission, admitted, cut } = storm(120, { maxWaiting: 1_000 })
  expect([admitted.length, cut.length]).toEqual([20, 0])
  await clock.advance(500)
  expect(Math.abs(admitted.length - 70)).toBeLessThanOrEqual(1)
  await clock.advance(600)
  expect(admitted).toEqual(Array.from({ length: 120 }, (_, n) => n))
  expect(admission.waiting()).toBe(0)
})

test('who would wait too long is cut and may try again', async () => {
  const { clock, admission, cut } = storm(100, { maxWaiting: 30 })
  expect(cut).toHaveLength(50)
  await clock.advance(1_000)
  expect(admission.ask(() => {})).toBe(true)
})

test('nobody is let in after the end', async () => {
  const { clock, admission, admitted } = storm(100, { maxWaiting: 100 })
  admission.close()
  await clock.advance(5_000)
  expect(admitted).toHaveLength(20)
})
