import { createOpenWakeWord } from '@mynah/device/wake/open-wake-word.ts'
import type { WakeDetection } from '@mynah/device/wake/wake-word.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { noiseAtSnr, pinkNoise } from '../src/noise.ts'
import { englishVoices, sayText } from '../src/person.ts'
import { pullRoom } from '../src/pull-room.ts'
import { createRoom } from '../src/room.ts'

const wakesFor = async (voice: string, text: string): Promise<readonly WakeDetection[]> => {
  const clock = createManualClock()
  const room = createRoom({ clock, noise: noiseAtSnr(pinkNoise(5), 40) })
  const spot = room.addSpot('kitchen')
  const ending = new AbortController()
  const utterance = await sayText({ text, language: 'en', voice }, ending.signal)
  const detector = await createOpenWakeWord({ settings: { words: ['hey_jarvis'], preset: 'normal' } })
  if (!utterance.ok || !detector.ok) throw new Error('the voice or the wake word did not start')
  room.emit(utterance.value.samples, { startSample: 32_000 })
  const wakes: WakeDetection[] = []
  const listen = async () => {
    for await (const frame of spot.microphone.frames(ending.signal)) {
      const wake = await detector.value.hear(frame)
      if (wake) wakes.push(wake)
    }
  }
  const listening = listen()
  await pullRoom({ room, clock, durationMs: 5_000 }, ending.signal)
  ending.abort()
  await listening
  await detector.value.close()
  return wakes
}

test.each(englishVoices)('the wake word is heard once in the room when %s says it', async (voice) => {
  const wakes = await wakesFor(voice, 'hey jarvis, what time is it')
  expect(wakes).toHaveLength(1)
  expect(wakes[0]?.atSample).toBeGreaterThan(32_000 + 8_000)
  expect(wakes[0]?.atSample).toBeLessThan(32_000 + 24_000)
})

test('the same voice without the wake word wakes nobody', async () => {
  expect(await wakesFor('flite:slt', 'could you please tell me what time it is')).toEqual([])
})
