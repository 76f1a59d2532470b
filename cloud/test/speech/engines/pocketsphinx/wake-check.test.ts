import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { createWakeCheck } from '../../../../src/speech/engines/pocketsphinx/wake-check.ts'
import type { Recogniser } from '../../../../src/speech/engines/recogniser.ts'
import { pieceSamples, sayWith, startPatientRecogniser } from './patient-recogniser.ts'

describe('the second check of a wake word', () => {
  const checking = (verdict: boolean | undefined) => {
    const heard: number[] = []
    const check = createWakeCheck({
      wake: { text: 'hey jarvis', preRollMs: 1_500 },
      hear: async (samples) => {
        heard.push(samples.length)
        return verdict
      },
      onFailed: () => {},
    })
    const observe = (lengthMs: number) => check.observe({ lengthMs, samples: () => new Int16Array(lengthMs * 16) })
    return { check, heard, observe }
  }
  it('listens once, to the pre-roll and a little more', async () => {
    const { check, heard, observe } = checking(false)
    observe(1_700)
    expect(heard).toEqual([])
    observe(2_100)
    observe(2_200)
    expect(heard).toEqual([1_900 * 16])
    expect(check.isFalseWake()).toBe(false)
    await Promise.resolve()
    expect(check.isFalseWake()).toBe(true)
  })
  it.each([true, undefined])('lets a wake be when the verdict is %s', async (verdict) => {
    const { check, observe } = checking(verdict)
    observe(2_000)
    await Promise.resolve()
    expect(check.isFalseWake()).toBe(false)
  })
})

describe('a recogniser that is told of a wake word', () => {
  let recogniser: Recogniser
  beforeAll(async () => {
    recogniser = await startPatientRecogniser()
  })
  afterAll(() => recogniser.close())

  /** As a speaker sends it: the word ends about where the pre-roll does. */
  const hear = async (voiceName: string, word: string, request: string, patienceMs = 0) => {
    const called = await sayWith(voiceName, word)
    const before = new Int16Array(Math.max(0, 1_400 * 16 - called.length))
    const asked = await sayWith(voiceName, request)
    return hearSound(concatSamples([before, called, asked, new Int16Array(8_000)]), patienceMs)
  }
  const hearSound = async (sound: Int16Array, patienceMs: number) => {
    const session = await recogniser.open(
      { language: 'en', jsgf: grammarFor('en').jsgf, wake: { text: 'hey jarvis', preRollMs: 1_500 } },
      new AbortController().signal,
    )
    for (let at = 0; at < sound.length && !session.isFalseWake?.(); at += pieceSamples) {
      await session.feed(sound.subarray(at, at + pieceSamples))
      // What the check takes longer than here it takes longer than a spoken request, too.
      await systemClock.sleep(60)
    }
    // A busy machine may take longer for the check than for the request; a turn would not wait for it.
    for (let waitedMs = 0; waitedMs < patienceMs && !session.isFalseWake?.(); waitedMs += 50)
      await systemClock.sleep(50)
    const heard = await session.finish()
    await session.close()
    return heard
  }

  test.each(['cmu_us_slt', 'cmu_us_rms'])('hears it and goes on with the request of %s', async (voice) => {
    const heard = await hear(voice, 'hey jarvis', 'what time is it')
    expect(heard.falseWake).toBeUndefined()
    expect(heard.text).toContain('what time is it')
  })
  test('does not take the request for the end of the word when both are said in one breath', async () => {
    const said = await sayWith('cmu_us_rms', 'hey jarvis, set the volume to forty percent')
    // Decided 830 ms after the beginning of the word: what comes in the next 400 ms is "set the".
    const sound = concatSamples([new Int16Array((1_500 - 830) * 16), said, new Int16Array(8_000)])
    const heard = await hearSound(sound, 1_000)
    expect(heard.falseWake).toBeUndefined()
    expect(heard.text).toContain('set the volume to forty percent')
  })
  /** Where no decoder is free at once the wake counts as true: on a busy machine that may take what was said before a while. */
  const heardOnceFree = async (voice: string, said: string, request: string) => {
    for (let tries = 0; tries < 3; tries++) {
      const heard = await hear(voice, said, request, 8_000)
      if (heard.falseWake) return heard
    }
    return undefined
  }
  // Of slt one of these sentences is let through: the check errs to that side.
  test.each(['cmu_us_rms'])(
    'says so when %s has not called',
    async (voice) => {
      const falseWake = { text: '', falseWake: true }
      expect(await heardOnceFree(voice, 'it is a nice morning', 'what time is it')).toEqual(falseWake)
      expect(await heardOnceFree(voice, 'good evening everybody', 'set a timer for five minutes')).toEqual(falseWake)
    },
    90_000,
  )
})
