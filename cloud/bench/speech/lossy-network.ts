import { createJitterBuffer } from '@mynah/shared/audio/jitter-buffer.ts'
import { createOpusDecoder, createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import { opusFrameMs } from '@mynah/shared/audio/opus-frame.ts'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { createRedundancyHistory } from '@mynah/shared/wire/audio-payload.ts'

const sampleRateHz = 16_000
const frameSamples = (sampleRateHz * opusFrameMs) / 1_000
/** As the speaker encodes and as the bridge waits. */
const encoding = { sampleRateHz, bitrateBps: 24_000, complexity: 5 } as const
const reorderWaitMs = 60

/** What the bridge makes of this speech when each datagram is lost with this chance: redundancy used, holes concealed. */
export const throughNetwork = (
  speech: Int16Array,
  { loss, random }: { readonly loss: number; readonly random: () => number },
): { readonly samples: Int16Array; readonly concealed: number } => {
  const encoder = createOpusEncoder(encoding)
  const decoder = createOpusDecoder({ sampleRateHz })
  const history = createRedundancyHistory()
  const buffer = createJitterBuffer({
    mode: 'reorder',
    frameMs: opusFrameMs,
    targetMs: 0,
    maxMs: 2_000,
    sampleRateHz,
    reorderWaitMs,
  })
  const heard: Int16Array[] = []
  const drain = (nowMs: number) => {
    for (let next = buffer.pop(nowMs); next.type === 'frame' || next.type === 'conceal'; next = buffer.pop(nowMs)) {
      const decoded = next.type === 'frame' ? decoder.decode(next.frame) : undefined
      heard.push(decoded?.ok ? decoded.value : decoder.conceal())
    }
  }
  const frames = Math.ceil(speech.length / frameSamples)
  for (let sequence = 0; sequence < frames; sequence++) {
    const pcm = new Int16Array(frameSamples)
    pcm.set(speech.subarray(sequence * frameSamples, (sequence + 1) * frameSamples))
    const frame = encoder.encode(pcm)
    const redundancy = history.before(frame)
    const nowMs = sequence * opusFrameMs
    if (random() >= loss) buffer.push({ sequence, mediaTime: sequence * frameSamples, frame, redundancy }, nowMs)
    drain(nowMs)
  }
  // Of the three datagrams that tell the end one arrives, or the bridge waits for its idle limit.
  const endMs = frames * opusFrameMs
  buffer.end(frames - 1, endMs, { mediaTime: frames * frameSamples, redundancy: history.latest() })
  drain(endMs + reorderWaitMs)
  return { samples: concatSamples(heard), concealed: buffer.stats().concealed }
}
