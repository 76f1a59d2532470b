import { createResampler } from '@mynah/shared/audio/resample.ts'
import type { SpokenAudio } from '../providers/stages.ts'

/**
 * A WAV whose length nobody knows yet: both sizes are the largest, as programs write them to a pipe; the sound ends with the body.
 * 16-bit little-endian mono, 44 bytes of header (see shared/src/audio/wav.ts).
 */
const unknownSize = 0xffff_ffff

const streamHeader = (sampleRateHz: number): Uint8Array => {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(unknownSize, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(sampleRateHz, 24)
  header.writeUInt32LE(sampleRateHz * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(unknownSize, 40)
  return header
}

const bytesOf = (samples: Int16Array): Uint8Array => {
  const bytes = Buffer.alloc(samples.length * 2)
  for (const [index, sample] of samples.entries()) bytes.writeInt16LE(sample, index * 2)
  return bytes
}

/** The rate of the first piece is the rate of the file; a later piece of another rate is brought to it. */
export async function* wavChunks(audio: AsyncIterable<SpokenAudio>): AsyncGenerator<Uint8Array> {
  let rateHz: number | undefined
  let resampler: { readonly fromHz: number; readonly push: (samples: Int16Array) => Int16Array } | undefined
  for await (const { samples, sampleRateHz } of audio) {
    if (rateHz === undefined) {
      rateHz = sampleRateHz
      yield streamHeader(rateHz)
    }
    if (sampleRateHz === rateHz) {
      yield bytesOf(samples)
    } else {
      if (resampler?.fromHz !== sampleRateHz) {
        resampler = { fromHz: sampleRateHz, ...createResampler({ fromHz: sampleRateHz, toHz: rateHz }) }
      }
      yield bytesOf(resampler.push(samples))
    }
  }
}
