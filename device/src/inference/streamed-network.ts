import { bytesField, type Field, readMessage, readVarint, varintField, writeMessage } from './protobuf.ts'

/** A part of the network's own past: what its output `next` says is to be its input `name` in the next run. */
export type Memory = { readonly name: string; readonly next: string; readonly dims: readonly number[] }

export type StreamedNetwork = {
  /** An ONNX model. */
  readonly bytes: Uint8Array
  /** Takes [1, 1, rows, width]: the newest rows alone. */
  readonly input: string
  readonly memories: readonly Memory[]
}

// The numbers of the fields (github.com/onnx/onnx, onnx.proto).
const model = { graph: 7 } as const
const graph = { node: 1, initializer: 5, input: 11, output: 12 } as const
const node = { input: 1, output: 2, type: 4, attribute: 5 } as const
const attribute = { name: 1, int: 3, ints: 8, type: 20 } as const
const tensor = { dims: 1, dataType: 2, name: 8, rawData: 9 } as const
const intAttribute = 2
const floatData = 1
const int64Data = 7
const rowAxis = 2

type GraphNode = {
  readonly type: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly fields: readonly Field[]
}

const messagesOf = (fields: readonly Field[], number: number): readonly Uint8Array[] =>
  fields.flatMap((field) => (field.number === number && field.type === 'bytes' ? [field.value] : []))
const textsOf = (fields: readonly Field[], number: number): readonly string[] =>
  messagesOf(fields, number).map((bytes) => Buffer.from(bytes).toString())
/** Repeated integers, packed or not. */
const integersOf = (fields: readonly Field[], number: number): readonly number[] =>
  fields.flatMap((field) => {
    if (field.number !== number) return []
    if (field.type === 'varint') return [field.value]
    const values: number[] = []
    if (field.type === 'bytes')
      for (let at = 0; at < field.value.length; ) {
        const { value, end } = readVarint(field.value, at)
        values.push(value)
        at = end
      }
    return values
  })

const nodeOf = (bytes: Uint8Array): GraphNode => {
  const fields = readMessage(bytes)
  const [type = ''] = textsOf(fields, node.type)
  const [output = ''] = textsOf(fields, node.output)
  return { type, inputs: textsOf(fields, node.input), output, fields }
}
const integers = ({ fields }: GraphNode, name: string): readonly number[] => {
  const attributes = messagesOf(fields, node.attribute).map(readMessage)
  return integersOf(attributes.find((each) => textsOf(each, attribute.name)[0] === name) ?? [], attribute.ints)
}

const newNode = (
  type: string,
  of: { inputs: readonly string[]; output: string; attributes?: readonly Field[] },
): Field =>
  bytesField(
    graph.node,
    writeMessage([
      ...of.inputs.map((name) => bytesField(node.input, name)),
      bytesField(node.output, of.output),
      bytesField(node.type, type),
      ...(of.attributes ?? []),
    ]),
  )
const axisAttribute = bytesField(
  node.attribute,
  writeMessage([
    bytesField(attribute.name, 'axis'),
    varintField(attribute.int, rowAxis),
    varintField(attribute.type, intAttribute),
  ]),
)
const integerTensor = (name: string, value: bigint): Field =>
  bytesField(
    graph.initializer,
    writeMessage([
      varintField(tensor.dims, 1),
      varintField(tensor.dataType, int64Data),
      bytesField(tensor.name, name),
      bytesField(tensor.rawData, new Uint8Array(BigInt64Array.of(value).buffer)),
    ]),
  )
/** A `ValueInfoProto` of floats. */
const floatValue = (number: number, name: string, dims: readonly number[]): Field => {
  const shape = dims.map((dim) => bytesField(1, writeMessage([varintField(1, dim)])))
  const type = writeMessage([varintField(1, floatData), bytesField(2, writeMessage(shape))])
  return bytesField(number, writeMessage([bytesField(1, name), bytesField(2, writeMessage([bytesField(1, type)]))]))
}

const lastRows = 9_223_372_036_854_775_807n // INT64_MAX: to the end
const names = { toEnd: 'mynah_to_end', axes: 'mynah_row_axis' } as const

/** A convolution that looks back: it sees its memory in front of the new rows, and keeps the last rows of both. */
const withMemory = (conv: GraphNode, memory: Memory, rowsBack: number): readonly Field[] => {
  const [input = '', ...parameters] = conv.inputs
  const [seen, start] = [`${memory.name}_seen`, `${memory.name}_start`]
  const rest = conv.fields.filter(({ number }) => number !== node.input)
  return [
    newNode('Concat', { inputs: [memory.name, input], output: seen, attributes: [axisAttribute] }),
    newNode('Slice', { inputs: [seen, start, names.toEnd, names.axes], output: memory.next }),
    bytesField(
      graph.node,
      writeMessage([...[seen, ...parameters].map((name) => bytesField(node.input, name)), ...rest]),
    ),
    integerTensor(start, BigInt(-rowsBack)),
    floatValue(graph.input, memory.name, memory.dims),
    floatValue(graph.output, memory.next, memory.dims),
  ]
}

const unfit = (why: string): never => {
  throw new Error(`the network cannot be streamed: ${why}`)
}

/** What flows between two links of the chain. */
type Joint = { readonly output: string; readonly rows: number; readonly width: number }
type Link = { readonly joint: Joint; readonly memory?: Memory; readonly fields: readonly Field[] }

const plain = (each: GraphNode): readonly Field[] => [bytesField(graph.node, writeMessage(each.fields))]

const poolingLink = (each: GraphNode, from: Joint): Link => {
  const [high = 1, wide = 1] = integers(each, 'strides')
  if (from.rows % high !== 0) return unfit(`${from.rows} rows are pooled by ${high}`)
  const joint = { output: each.output, rows: from.rows / high, width: Math.floor(from.width / wide) }
  return { joint, fields: plain(each) }
}

const convolutionLink = (each: GraphNode, from: Joint, next: { name: string; channels: number }): Link => {
  const [high = 1, wide = 1] = integers(each, 'kernel_shape')
  const [before = 0, left = 0, after = 0, right = 0] = integers(each, 'pads')
  if (before + after > 0) return unfit('it pads in time')
  const joint = { output: each.output, rows: from.rows, width: from.width + left + right - wide + 1 }
  if (high === 1) return { joint, fields: plain(each) }
  const dims = [1, next.channels, high - 1, from.width]
  const memory = { name: next.name, next: `${next.name}_next`, dims }
  return { joint, memory, fields: withMemory(each, memory, high - 1) }
}

/** The second dimension of each tensor that the graph brings along: of weights, the channels that they take. */
const channelsIn = (fields: readonly Field[]): ReadonlyMap<string, number> =>
  new Map(
    messagesOf(fields, graph.initializer).map((bytes) => {
      const weights = readMessage(bytes)
      return [textsOf(weights, tensor.name)[0] ?? '', integersOf(weights, tensor.dims)[1] ?? 0]
    }),
  )

/**
 * A chain of convolutions and poolings without padding in time, whose input [n, rows, width, 1] is a window that moves on by `rows` at
 * a time, as a network that is given the new rows alone: what it computed of the others is in its memories, as long as its convolutions
 * look back. The outputs are the same but for rounding. Throws for another network.
 */
export const streamedNetwork = (file: Uint8Array, rows: number, width: number): StreamedNetwork => {
  const modelFields = readMessage(file)
  const [graphBytes = new Uint8Array()] = messagesOf(modelFields, model.graph)
  const graphFields = readMessage(graphBytes)
  const channels = channelsIn(graphFields)
  const [first, ...chain] = messagesOf(graphFields, graph.node).map(nodeOf)
  if (first?.type !== 'Reshape') return unfit('it does not begin with a Reshape')
  const links: Link[] = []
  let joint: Joint = { output: first.output, rows, width }
  for (const each of chain) {
    const [input, weights = ''] = each.inputs
    if (input !== joint.output) return unfit(`${each.type} is no link of a chain`)
    const next = { name: `mynah_memory_${links.length}`, channels: channels.get(weights) ?? 0 }
    const link: Link =
      each.type === 'MaxPool'
        ? poolingLink(each, joint)
        : each.type === 'Conv'
          ? convolutionLink(each, joint, next)
          : { joint: { ...joint, output: each.output }, fields: plain(each) }
    links.push(link)
    joint = link.joint
  }
  const kept = graphFields.filter(({ number }) => number !== graph.node && number !== graph.input)
  const streamed = writeMessage([
    ...kept,
    floatValue(graph.input, first.output, [1, 1, rows, width]),
    integerTensor(names.toEnd, lastRows),
    integerTensor(names.axes, BigInt(rowAxis)),
    ...links.flatMap(({ fields }) => fields),
  ])
  const withoutGraph = modelFields.filter(({ number }) => number !== model.graph)
  return {
    bytes: writeMessage([...withoutGraph, bytesField(model.graph, streamed)]),
    input: first.output,
    memories: links.flatMap(({ memory }) => memory ?? []),
  }
}
