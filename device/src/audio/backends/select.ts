import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Loudspeaker, Microphone } from '../ports.ts'
import { createAlsaLoudspeaker, createAlsaMicrophone } from './alsa.ts'
import { createFileLoudspeaker, createFileMicrophone } from './file.ts'
import { createLpcm16Microphone } from './lpcm16.ts'
import { createNpmSpeaker } from './npm-speaker.ts'

type BackendRefusal = { readonly code: 'unknown_backend'; readonly message: string }
type Backends<T> = Readonly<Record<string, (name: string, clock: Clock) => T>>

const microphones: Backends<Microphone> = {
  alsa: (device, clock) => createAlsaMicrophone({ clock, device }),
  lpcm16: (device, clock) => createLpcm16Microphone({ clock, device }),
  file: (path, clock) => createFileMicrophone({ clock, path }),
}
const loudspeakers: Backends<Loudspeaker> = {
  alsa: (device, clock) => createAlsaLoudspeaker({ clock, device }),
  speaker: (device, clock) => createNpmSpeaker({ clock, device }),
  file: (path, clock) => createFileLoudspeaker({ clock, path }),
}

const select = <T>(backends: Backends<T>, address: string, clock: Clock): Result<T, BackendRefusal> => {
  const [kind = '', ...rest] = address.split(':')
  const name = rest.join(':')
  const backend = Object.hasOwn(backends, kind) ? backends[kind] : undefined
  if (backend && name !== '') return ok(backend(name, clock))
  const known = Object.keys(backends).map((each) => (each === 'file' ? '"file:PATH"' : `"${each}:DEVICE"`))
  return refuse({ code: 'unknown_backend', message: `${known.join(' or ')} needed, got "${address}"` })
}

/** `alsa:default`, `alsa:card=Jabra`, `lpcm16:default` (through node-record-lpcm16) or `file:speech.wav`. */
export const selectMicrophone = (address: string, clock: Clock) => select(microphones, address, clock)

/** `alsa:default`, `alsa:card=Jabra`, `speaker:default` (through the package speaker) or `file:reply.wav`. */
export const selectLoudspeaker = (address: string, clock: Clock) => select(loudspeakers, address, clock)
