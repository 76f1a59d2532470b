import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { eachEnrolled } from '../../src/devices/each-enrolled.ts'

const all = Array.from({ length: 250 }, (_, index) => `speaker-${String(index).padStart(3, '0')}`)
const devices = {
  enrolledIds: ({ after, limit } = { after: '', limit: -1 }) =>
    all.filter((deviceId) => deviceId > after).slice(0, limit < 0 ? undefined : limit),
}
const visit = (signal: AbortSignal) => {
  const clock = createManualClock()
  const seen: string[] = []
  const done = eachEnrolled({ clock, devices }, (deviceId) => void seen.push(deviceId), signal)
  return { clock, seen, done }
}

test('every speaker comes once, the first at once and others after a turn of everybody else', async () => {
  const { clock, seen, done } = visit(new AbortController().signal)
  expect(seen).toEqual(all.slice(0, 100))
  await clock.advance(1)
  await clock.advance(1)
  await done
  expect(seen).toEqual(all)
})

test('none comes after the end', async () => {
  const ending = new AbortController()
  const { clock, seen, done } = visit(ending.signal)
  ending.abort()
  await clock.advance(1)
  await done
  expect(seen).toHaveLength(100)
})

test('what fails is told to who waits', async () => {
  const fail = () => {
    throw new Error('the disk is full')
  }
  const { signal } = new AbortController()
  await expect(eachEnrolled({ clock: createManualClock(), devices }, fail, signal)).rejects.toThrow('the disk is full')
})
