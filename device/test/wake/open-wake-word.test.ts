import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { describe, expect, it } from 'vitest'
import { createOpenWakeWord } from '../../src/wake/open-wake-word.ts'
import type { ConfigurableWakeWord, WakeSettings } from '../../src/wake/wake-word.ts'
import { framesOf, recording, recordings, recordingsIn } from '../recordings.ts'
import { hearAll, wakeWordContract } from './contract.ts'
import { flite, speak } from './synthetic-voice.ts'

const open = async (settings: WakeSettings): Promise<ConfigurableWakeWord> => {
  const created = await createOpenWakeWord({ settings })
  if (!created.ok) throw new Error(created.error.message)
  return created.value
}

if (flite.isMet) {
  wakeWordContract({
    name: 'openWakeWord',
    open: () => open({ words: ['hey_jarvis'], preset: 'normal' }),
    word: 'hey_jarvis',
    otherWord: 'alexa',
    saying: (word) => speak(word.replace('_', ' '), 'flite:slt'),
    sayingSomethingElse: () => speak('the weather is nice today, is it not', 'flite:rms'),
  })
} else {
  it.skip('openWakeWord as a wake word detector: needs a voice, the Debian package flite', () => {})
}

describe('openWakeWord', () => {
  it('refuses an unknown word and names those that exist', async () => {
    const created = await createOpenWakeWord({ settings: { words: ['hey_nobody'], preset: 'normal' } })
    expect(created).toMatchObject({ ok: false, error: { code: 'unknown_word' } })
    expect(!created.ok && created.error.message).toContain('hey_jarvis, alexa, hey_mycroft, hey_rhasspy')
  })

  it('refuses a word named like a property of every object', async () => {
    const created = await createOpenWakeWord({ settings: { words: ['constructor'], preset: 'normal' } })
    expect(created).toMatchObject({ ok: false, error: { code: 'unknown_word' } })
  })

  it('refuses a head that is missing, no network, or a network of another shape', async () => {
    const garbage = join(tmpdir(), `mynah-head-${process.pid}.onnx`)
    writeFileSync(garbage, 'this is no network')
    for (const file of [garbage, '/nowhere/head.onnx']) {
      const created = await createOpenWakeWord({
        settings: { words: ['own'], preset: 'normal' },
        customHeads: { own: file },
      })
      expect(created).toMatchObject({ ok: false, error: { code: 'model_unreadable' } })
    }
    rmSync(garbage)
  })

  it.skipIf(!flite.isMet)(
    flite.naming('gives the same answer when frames come faster than they are analysed'),
    async () => {
      const detector = await open({ words: ['hey_jarvis'], preset: 'normal' })
      const sound = speak('hey jarvis', 'flite:rms')
      const frames = Array.from({ length: 150 }, (_, index) => {
        const frame = new Int16Array(320)
        frame.set(sound.subarray(Math.max(0, (index - 50) * 320), Math.max(0, (index - 49) * 320)))
        return frame
      })
      const together = (await Promise.all(frames.map((frame) => detector.hear(frame)))).filter(Boolean)
      await detector.close()
      const patient = await open({ words: ['hey_jarvis'], preset: 'normal' })
      const oneByOne = []
      for (const frame of frames) oneByOne.push(await patient.hear(frame))
      await patient.close()
      expect(together).toHaveLength(1)
      expect(together).toEqual(oneByOne.filter(Boolean))
    },
  )

  it.skipIf(!flite.isMet)(
    flite.naming('hears an unclear word more readily over its own sound, in which a person is hard to hear'),
    async () => {
      const detector = await open({ words: ['hey_jarvis'], preset: 'normal' })
      const heardOver = async (over: 'room' | 'own_sound') => {
        let heard = 0
        for (const leadMs of [1_500, 1_520, 1_540, 1_560]) {
          const sound = concatSamples([
            new Int16Array(leadMs * 16),
            speak('hey jarvis', 'flite:awb', 170),
            new Int16Array(16_000),
          ])
          for (const frame of framesOf(sound)) if (await detector.hear(frame, over)) heard++
          detector.reset()
        }
        return heard
      }
      const [inRoom, overOwnSound] = [await heardOver('room'), await heardOver('own_sound')]
      await detector.close()
      expect(overOwnSound).toBeGreaterThan(inRoom)
    },
  )

  it.skipIf(!recordings.isMet)(
    recordings.naming('hears a real "alexa" once in each recording and nothing in "hi esp"'),
    async () => {
      const detector = await open({ words: ['hey_jarvis', 'alexa'], preset: 'normal' })
      for (const file of recordingsIn('speech-en-wake')) {
        detector.reset()
        const words = (await hearAll(detector, recording(file))).map(({ word }) => word)
        expect({ file, words }).toEqual({ file, words: file.includes('alexa') ? ['alexa'] : [] })
      }
      await detector.close()
    },
  )

  it.skipIf(!recordings.isMet)(recordings.naming('sleeps through read sentences'), async () => {
    const detector = await open({ words: ['hey_jarvis', 'alexa'], preset: 'sensitive' })
    for (const file of recordingsIn('speech-en-read')) expect(await hearAll(detector, recording(file))).toEqual([])
    await detector.close()
  })
})
