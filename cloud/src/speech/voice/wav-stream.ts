import type { Speech } from '../engines/synthesiser.ts'

const riffHeaderBytes = 12
const chunkHeaderBytes = 8
const formatBytes = 16

type Format = { readonly channels: number; readonly sampleRateHz: number; readonly bits: number }

/**
 * Int16 mono PCM of a WAV that was written to a pipe: its sizes are placeholders, so the data chunk is all that follows it.
 * Undefined for anything else.
 *
 *     "RIFF" size "WAVE" | "fmt " size tag:u16 channels:u16 rate:u32 byteRate:u32 align:u16 bits:u16 | "data" size samples...
 */
export const readStreamedWav = (bytes: Buffer): Speech | undefined => {
  if (bytes.length < riffHeaderBytes || bytes.toString('latin1', 0, 4) !== 'RIFF') return undefined
  let format: Format | undefined
  let at = riffHeaderBytes
  while (at + chunkHeaderBytes <= bytes.length) {
    const name = bytes.toString('latin1', at, at + 4)
    const size = bytes.readUInt32LE(at + 4)
    const body = at + chunkHeaderBytes
    if (name === 'data') return format && pcmOf(bytes.subarray(body), format)
    if (name === 'fmt ' && body + formatBytes <= bytes.length) {
      format = {
        channels: bytes.readUInt16LE(body + 2),
        sampleRateHz: bytes.readUInt32LE(body + 4),
        bits: bytes.readUInt16LE(body + 14),
      }
    }
    at = body + size + (size % 2)
  }
  return undefined
}

const pcmOf = (data: Buffer, { channels, sampleRateHz, bits }: Format): Speech | undefined => {
  if (channels !== 1 || bits !== 16 || sampleRateHz === 0) return undefined
  const samples = new Int16Array(data.length >> 1)
  new Uint8Array(samples.buffer).set(data.subarray(0, samples.byteLength))
  return { samples, sampleRateHz }
}
