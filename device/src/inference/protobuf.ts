/**
 * Protocol buffers on the wire (protobuf.dev, "Encoding"), as far as a model file needs them: fields in their order, what is not
 * understood kept as it is.
 */
export type Field = { readonly number: number } & (
  | { readonly type: 'varint'; readonly value: number }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'fixed64'; readonly value: Uint8Array }
  | { readonly type: 'fixed32'; readonly value: Uint8Array }
)

const types = { 0: 'varint', 1: 'fixed64', 2: 'bytes', 5: 'fixed32' } as const
const codes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Numbers above 2^53 lose their last digits: sizes and small integers only. Throws where the bytes end too early. */
export const readVarint = (bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } => {
  let value = 0
  for (let index = at, factor = 1; index < bytes.length; index++, factor *= 128) {
    const byte = bytes[index] ?? 0
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return { value, end: index + 1 }
  }
  throw new RangeError(`a number begins at ${at} and does not end in ${bytes.length} bytes`)
}

/** The fields of a message. Throws RangeError where it is damaged. */
export const readMessage = (bytes: Uint8Array): readonly Field[] => {
  const fields: Field[] = []
  let at = 0
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError(`${at + length} bytes needed, ${bytes.length} there`)
    at += length
    return bytes.subarray(at - length, at)
  }
  const takeVarint = (): number => {
    const { value, end } = readVarint(bytes, at)
    at = end
    return value
  }
  while (at < bytes.length) {
    const key = takeVarint()
    const number = Math.floor(key / 8)
    const type = types[(key % 8) as keyof typeof types] // undefined for what protocol buffers no longer have
    if (type === undefined) throw new RangeError(`a field of the wire type ${key % 8}`)
    if (type === 'varint') fields.push({ number, type, value: takeVarint() })
    else if (type === 'bytes') fields.push({ number, type, value: take(takeVarint()) })
    else fields.push({ number, type, value: take(type === 'fixed64' ? 8 : 4) })
  }
  return fields
}

const writtenVarint = (value: number): number[] => {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) + 128)
  }
}

export const writeMessage = (fields: readonly Field[]): Uint8Array =>
  Buffer.concat(
    fields.flatMap((field) => {
      const key = Uint8Array.from(writtenVarint(field.number * 8 + codes[field.type]))
      if (field.type === 'varint') return [key, Uint8Array.from(writtenVarint(field.value))]
      if (field.type === 'bytes') return [key, Uint8Array.from(writtenVarint(field.value.length)), field.value]
      return [key, field.value]
    }),
  )

export const bytesField = (number: number, value: Uint8Array | string): Field => ({
  number,
  type: 'bytes',
  value: typeof value === 'string' ? Buffer.from(value) : value,
})
export const varintField = (number: number, value: number): Field => ({ number, type: 'varint', value })
