import { fork } from 'node:child_process'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Loudspeaker } from '../ports.ts'
import { createChildLoudspeaker } from './child-loudspeaker.ts'
import { watchSoundChild } from './child-process.ts'
import { alsaNameOf, readSoundCards } from './sound-cards.ts'

/** The module beside this one, in whatever form this one runs (TypeScript source or a bundle). */
const module = new URL(
  import.meta.url.endsWith('.ts') ? './main-npm-speaker.ts' : './main-npm-speaker.js',
  import.meta.url,
)

/** What is under way between the pipe and the card: the package has a buffer of 500 ms, which pacing keeps nearly empty. */
const bufferMs = 120

export type NpmSpeakerDevice = {
  readonly clock: Clock
  readonly device: string
  /** Node options of the process instead of those of this one. */
  readonly execArgv?: readonly string[]
}

/**
 * The package `speaker` in a process of its own: without a default card it aborts whoever loads it, and the end of playback stalls its
 * event loop for half a second.
 */
export const createNpmSpeaker = ({ clock, device, execArgv }: NpmSpeakerDevice): Loudspeaker =>
  createChildLoudspeaker({
    clock,
    bufferMs,
    start: () => {
      const child = fork(module, [alsaNameOf(device, 'loudspeaker', readSoundCards())], {
        stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
        ...(execArgv ? { execArgv: [...execArgv] } : {}),
      })
      const ready = new Promise<void>((resolve) => void child.once('message', () => resolve()))
      const watched = watchSoundChild(child, {
        command: 'the package speaker',
        install: 'apt install libasound2-dev, then npm explore speaker -- node-gyp rebuild',
      })
      return { ...watched, ready }
    },
  })
