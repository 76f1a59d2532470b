import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  captureFrameSamples,
  captureSampleRateHz,
  type Loudspeaker,
  type Microphone,
  playbackSampleRateHz,
} from '../ports.ts'
import { createChildLoudspeaker } from './child-loudspeaker.ts'
import { createChildMicrophone } from './child-microphone.ts'
import { startSoundChild } from './child-process.ts'
import { alsaNameOf, readSoundCards, type SoundCard } from './sound-cards.ts'

export type AlsaDevice = {
  readonly clock: Clock
  /** ALSA name, such as `default` or `plughw:1,0`, or `card=NAME`. Looked up anew each time it is opened. */
  readonly device: string
  /** Another program with the arguments of arecord or aplay. */
  readonly command?: string
  /** Of another machine than this one. */
  readonly readCards?: () => readonly SoundCard[]
}

const install = 'apt install alsa-utils'

/** Frames of `arecord`: periods of 20 ms, a buffer of 80 ms. */
export const createAlsaMicrophone = ({
  clock,
  device,
  command = 'arecord',
  readCards = readSoundCards,
}: AlsaDevice): Microphone =>
  createChildMicrophone({
    clock,
    start: () => {
      const name = alsaNameOf(device, 'microphone', readCards())
      const format = ['-q', '-D', name, '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', String(captureSampleRateHz)]
      const periods = [`--period-size=${captureFrameSamples}`, `--buffer-size=${captureFrameSamples * 4}`]
      return startSoundChild({ command, args: [...format, ...periods], install })
    },
  })

const alsaPeriodSamples = playbackSampleRateHz / 50
const alsaBufferMs = 80

/** Frames to `aplay`: periods of 20 ms, a buffer of 80 ms. */
export const createAlsaLoudspeaker = ({
  clock,
  device,
  command = 'aplay',
  readCards = readSoundCards,
}: AlsaDevice): Loudspeaker =>
  createChildLoudspeaker({
    clock,
    bufferMs: alsaBufferMs,
    start: () => {
      const name = alsaNameOf(device, 'loudspeaker', readCards())
      const format = ['-q', '-D', name, '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', String(playbackSampleRateHz)]
      const periods = [`--period-size=${alsaPeriodSamples}`, `--buffer-size=${alsaPeriodSamples * 4}`]
      return startSoundChild({ command, args: [...format, ...periods], install })
    },
  })
