import type { SoundFaultCode } from '@mynah/shared/doctor/sound-fault-sentence.ts'

/** Sound hardware that cannot be used; the message is for the log. */
export class SoundDeviceError extends Error {
  readonly code: SoundFaultCode
  constructor(code: SoundFaultCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SoundDeviceError'
    this.code = code
  }
}

/** What ALSA and its programs say, by what it means. A card that is pulled out is ENODEV, EIO or EBADFD where it plays, and ENOENT where it is opened. */
const meanings: readonly (readonly [SoundFaultCode, RegExp])[] = [
  ['no_tool', /is not installed/i],
  ['busy', /device or resource busy/i],
  [
    'not_found',
    /no such (device|file or directory)|cannot find card|unknown pcm|connection refused|host is down|input\/output error|bad state/i,
  ],
]

/** The fault in what a sound program said before it ended. */
export const faultInWords = (said: string): SoundFaultCode =>
  meanings.find(([, pattern]) => pattern.test(said))?.[0] ?? 'failed'

export const faultOf = (error: unknown): SoundFaultCode => (error instanceof SoundDeviceError ? error.code : 'failed')
