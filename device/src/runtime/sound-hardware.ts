import type { SoundDirection } from '@mynah/shared/doctor/sound-fault-sentence.ts'
import { type SoundFaultCode, soundFaultSentence } from '@mynah/shared/doctor/sound-fault-sentence.ts'
import type { FromDeviceMessage, Language } from '@mynah/shared/wire/topics.ts'
import { faultOf } from '../audio/backends/sound-device-error.ts'

export type SoundHardwareDeps = {
  readonly language: () => Language
  readonly publishEvent: (event: Omit<FromDeviceMessage<'event'>, 'v'>) => void
  /** Called when a direction begins to fail, fails in another way, or works again (`undefined`). */
  readonly onChange: (direction: SoundDirection, fault: SoundFaultCode | undefined) => void
}

/** Whether microphone and loudspeaker work; each change is told once, however often opening them is tried. */
export type SoundHardware = {
  readonly failed: (direction: SoundDirection, error: unknown) => void
  readonly works: (direction: SoundDirection) => void
  readonly fault: (direction: SoundDirection) => SoundFaultCode | undefined
}

export const createSoundHardware = (deps: SoundHardwareDeps): SoundHardware => {
  const faults = new Map<SoundDirection, SoundFaultCode>()
  return {
    failed: (direction, error) => {
      const code = faultOf(error)
      if (faults.get(direction) === code) return
      faults.set(direction, code)
      const message = soundFaultSentence(direction, code, deps.language())
      deps.publishEvent({ type: 'error', code: `${direction}_${code}`, message })
      deps.onChange(direction, code)
    },
    works: (direction) => {
      if (faults.delete(direction)) deps.onChange(direction, undefined)
    },
    fault: (direction) => faults.get(direction),
  }
}
