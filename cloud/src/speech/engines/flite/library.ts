import { koffi, openLibrary } from '@mynah/shared/native/native-library.ts'
import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import type { Speech } from '../synthesiser.ts'

/** libflite with one voice. One text at a time; synthesis runs on a thread. */
export type FliteVoice = { readonly say: (text: string) => Promise<Speech> }

const waveType = koffi.struct({
  type: 'const char *',
  sample_rate: 'int',
  num_samples: 'int',
  num_channels: 'int',
  samples: 'void *',
})

type Wave = { readonly sample_rate: number; readonly num_samples: number; readonly samples: bigint }

const copySamples = (wave: Wave): Int16Array => {
  if (wave.num_samples <= 0) return new Int16Array(0)
  return new Int16Array(koffi.view(wave.samples, wave.num_samples * 2)).slice()
}

/** Debian's libflite1. Undefined when it, or the voice, is not installed. */
export const loadFliteVoice = (voice: string): FliteVoice | undefined => {
  const library = openLibrary('libflite.so.1')
  const voiceLibrary = openLibrary(`libflite_${voice}.so.1`)
  if (!library || !voiceLibrary) return undefined
  const init = library.func('int flite_init(void)')
  const textToWave = library.func('void *flite_text_to_wave(const char *text, void *voice)')
  const deleteWave = library.func('void delete_wave(void *wave)')
  const register = voiceLibrary.func(`void *register_${voice}(const char *directory)`)
  init()
  const handle: bigint | null = register(null)
  if (!handle) return undefined
  let last: Promise<unknown> = Promise.resolve()
  const synthesise = (text: string): Promise<Speech> =>
    new Promise((resolve, reject) => {
      textToWave.async(text, handle, (error: Error | null, pointer: bigint | null) => {
        if (error || !pointer) {
          reject(new EngineError('failed', 'flite could not speak the text', error ? { cause: error } : {}))
          return
        }
        const wave: Wave = koffi.decode(pointer, waveType)
        const samples = copySamples(wave)
        deleteWave(pointer)
        resolve({ samples, sampleRateHz: wave.sample_rate })
      })
    })
  return {
    say: (text) => {
      // The library keeps state of the utterance under way in the voice.
      const turn = last.then(() => synthesise(text))
      last = turn.catch(() => {})
      return turn
    },
  }
}
