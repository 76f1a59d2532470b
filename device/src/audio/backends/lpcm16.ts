import type { ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { captureSampleRateHz, type Microphone } from '../ports.ts'
import { createChildMicrophone } from './child-microphone.ts'
import { watchSoundChild } from './child-process.ts'
import { alsaNameOf, readSoundCards } from './sound-cards.ts'
import { SoundDeviceError } from './sound-device-error.ts'

/** What this project uses of node-record-lpcm16 1.0, which has no types of its own. */
type RecordLpcm16 = {
  readonly record: (options: {
    readonly sampleRate: number
    readonly channels: number
    /** Without `raw` a WAV header comes first. */
    readonly audioType: 'raw'
    readonly recorder: 'arecord'
    readonly device: string
  }) => { readonly process: ChildProcess }
}

const load = (): RecordLpcm16 => {
  try {
    // The package picks its recorder by a path at run time: it stays a package of its own, also beside a bundle.
    return createRequire(import.meta.url)('node-record-lpcm16') as RecordLpcm16 // declared above
  } catch (error) {
    const message = 'node-record-lpcm16 is not installed (npm install node-record-lpcm16); alsa:DEVICE works without it'
    throw new SoundDeviceError('no_tool', message, { cause: error })
  }
}

export type Lpcm16Device = { readonly clock: Clock; readonly device: string }

/** The microphone through node-record-lpcm16 and its `arecord` recorder: pieces of 125 ms, where arecord itself gives 20 ms. */
export const createLpcm16Microphone = ({ clock, device }: Lpcm16Device): Microphone =>
  createChildMicrophone({
    clock,
    start: () => {
      const { record } = load()
      const recording = record({
        sampleRate: captureSampleRateHz,
        channels: 1,
        audioType: 'raw',
        recorder: 'arecord',
        device: alsaNameOf(device, 'microphone', readSoundCards()),
      })
      // Listened to before its first event: an error that nobody hears would end this process.
      return watchSoundChild(recording.process, { command: 'arecord', install: 'apt install alsa-utils' })
    },
  })
