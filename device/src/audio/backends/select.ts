import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Loudspeaker, Microphone } from '../ports.ts'
import { createAlsaLoudspeaker, createAlsaMicrophone } from './alsa.ts'
import { createFileLoudspeaker, createFileMicrophone } from './file.ts'

type BackendRefusal = { readonly code: 'unknown_backend'; readonly message: string }

const parse = (address: string): Result<{ kind: 'alsa' | 'file'; name: string }, BackendRefusal> => {
  const [kind, ...rest] = address.split(':')
  const name = rest.join(':')
  if ((kind === 'alsa' || kind === 'file') && name !== '') return ok({ kind, name })
  return refuse({ code: 'unknown_backend', message: `"alsa:DEVICE" or "file:PATH" needed, got "${address}"` })
}

/** `alsa:default` or `file:speech.wav`. */
export const selectMicrophone = (address: string, clock: Clock): Result<Microphone, BackendRefusal> => {
  const parsed = parse(address)
  if (!parsed.ok) return parsed
  const { kind, name } = parsed.value
  return ok(kind === 'alsa' ? createAlsaMicrophone({ device: name }) : createFileMicrophone({ clock, path: name }))
}

/** `alsa:default` or `file:reply.wav`. */
export const selectLoudspeaker = (address: string, clock: Clock): Result<Loudspeaker, BackendRefusal> => {
  const parsed = parse(address)
  if (!parsed.ok) return parsed
  const { kind, name } = parsed.value
  return ok(
    kind === 'alsa' ? createAlsaLoudspeaker({ device: name, clock }) : createFileLoudspeaker({ clock, path: name }),
  )
}
