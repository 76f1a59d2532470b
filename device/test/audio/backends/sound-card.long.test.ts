import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAlsaLoudspeaker, createAlsaMicrophone } from '../../../src/audio/backends/alsa.ts'
import { createLpcm16Microphone } from '../../../src/audio/backends/lpcm16.ts'
import { createNpmSpeaker } from '../../../src/audio/backends/npm-speaker.ts'
import { createCapture } from '../../../src/audio/capture.ts'
import {
  captureSampleRateHz,
  type Loudspeaker,
  type Microphone,
  playbackFrameSamples,
} from '../../../src/audio/ports.ts'
import { keepPlaying } from '../../../src/runtime/keep-playing.ts'
import { createSoundHardware } from '../../../src/runtime/sound-hardware.ts'
import { loudspeakerContract, microphoneContract, tone } from './contract.ts'
import { createVirtualSoundCard, noSoundCardReason, type VirtualSoundCard } from './virtual-sound-card.ts'

const clock = systemClock

const isSpeakerBuilt = () => {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('speaker/package.json'))
    return existsSync(join(folder, 'build/Release/binding.node'))
  } catch {
    return false
  }
}

/** Declares `tests`, or one that is skipped and says why. */
const unless = (reason: string | undefined, tests: () => void) => {
  if (reason === undefined) tests()
  else it('is not tried', (context) => context.skip(reason))
}

const noCard = noSoundCardReason()
const noSpeaker =
  noCard ?? (isSpeakerBuilt() ? undefined : 'the package speaker is not built: npm run setup -- --tests')

let card: VirtualSoundCard
beforeAll(async () => {
  if (noCard === undefined) card = await createVirtualSoundCard()
})
afterAll(() => card?.close())
const plug = { out: () => card.unplug(), in: () => card.plugIn() }

const microphones: readonly (readonly [string, (device: string) => Microphone])[] = [
  ['arecord', (device) => createAlsaMicrophone({ clock, device })],
  ['node-record-lpcm16', (device) => createLpcm16Microphone({ clock, device })],
]
describe.each(microphones)('a microphone through %s', (_, make) => {
  unless(noCard, () =>
    microphoneContract({
      make: () => make('default'),
      playTone: () => void card.speak(tone(1_000, captureSampleRateHz)),
      makeAbsent: () => make('no-such-card'),
      plug,
    }),
  )
})

const contractOf = (make: (device: string) => Loudspeaker) =>
  loudspeakerContract({
    make: () => make('default'),
    listen: () => card.listen(),
    makeAbsent: () => make('no-such-card'),
    plug,
    earDelayMs: 150,
  })
describe('a loudspeaker through aplay', () => {
  unless(noCard, () => {
    contractOf((device) => createAlsaLoudspeaker({ clock, device }))
    it('counts when this program was too late for the card', async () => {
      const loudspeaker = createAlsaLoudspeaker({ clock, device: 'default' })
      const stop = new AbortController()
      let frames = 0
      const playing = loudspeaker.play(() => {
        frames++
        // Nothing else in this process moves meanwhile, as in a long garbage collection.
        for (const untilMs = clock.now() + 400; frames === 50 && clock.now() < untilMs; );
        return new Int16Array(playbackFrameSamples)
      }, stop.signal)
      await clock.sleep(300)
      expect(loudspeaker.xruns?.()).toBe(0)
      await clock.sleep(1_500)
      stop.abort()
      await playing
      expect(loudspeaker.xruns?.()).toBe(1)
    }, 20_000)
  })
})
describe('a loudspeaker through the package speaker', () => {
  unless(noSpeaker, () => contractOf((device) => createNpmSpeaker({ clock, device, execArgv: ['--import', 'tsx'] })))
})

describe('a speaker whose sound card is pulled out and put back', () => {
  unless(noCard, () => {
    it('says once what is missing, and hears and plays again by itself', async () => {
      const told: string[] = []
      const reasons: string[] = []
      const hardware = createSoundHardware({
        language: () => 'en',
        publishEvent: ({ code, message }) => void told.push(`${code}: ${message?.split('.')[0]}`),
        onChange: (direction, fault) => void told.push(`${direction} ${fault ?? 'works'}`),
      })
      let frames = 0
      let rendered = 0
      const deaf = { hear: async () => undefined, reset: () => {}, close: async () => {} }
      const capture = createCapture({
        clock,
        log: silentLog,
        random: Math.random,
        microphone: createAlsaMicrophone({ clock, device: 'default' }),
        wakeWord: { ...deaf, samplesHeard: () => 0 },
        voiceActivity: { ...deaf, hear: async () => 0 },
        onFrame: () => void frames++,
        onWake: () => {},
        onHeard: () => {},
        onFailed: (error) => {
          reasons.push(String(error))
          hardware.failed('microphone', error)
        },
        onWorks: () => hardware.works('microphone'),
      })
      const stop = new AbortController()
      const playing = keepPlaying(
        {
          clock,
          log: silentLog,
          random: Math.random,
          loudspeaker: createAlsaLoudspeaker({ clock, device: 'default' }),
          render: () => {
            rendered++
            return new Int16Array(playbackFrameSamples)
          },
          onFailed: (error) => {
            reasons.push(String(error))
            hardware.failed('loudspeaker', error)
          },
          onWorks: () => hardware.works('loudspeaker'),
        },
        stop.signal,
      )
      const capturing = capture.run(stop.signal)
      await clock.sleep(1_500)
      expect(frames, 'frames before').toBeGreaterThan(25)
      await card.unplug()
      await clock.sleep(3_000)
      expect(told.toSorted(), reasons.join('\n')).toEqual([
        'loudspeaker not_found',
        'loudspeaker_not_found: No loudspeaker is found',
        'microphone not_found',
        'microphone_not_found: No microphone is found',
      ])
      const [framesWithout, renderedWithout] = [frames, rendered]
      await card.plugIn()
      for (let waitedMs = 0; waitedMs < 15_000 && told.length < 6; waitedMs += 100) await clock.sleep(100)
      expect(told.slice(4).toSorted()).toEqual(['loudspeaker works', 'microphone works'])
      await clock.sleep(1_000)
      expect(frames - framesWithout).toBeGreaterThan(25)
      expect(rendered - renderedWithout).toBeGreaterThan(50)
      stop.abort()
      await Promise.all([capturing, playing])
    }, 40_000)
  })
})
