import { toBytesLe } from '@mynah/shared/audio/pcm.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'

/**
 * The one call of NVIDIA Riva's recognition service that a speaker makes, `RivaSpeechRecognition.Recognize`, as bytes of protocol
 * buffers (protobuf.dev, "Encoding"): a whole utterance up, its text down. By hand, because four fields do not need a library
 * in the speaker's bundle.
 *
 *     RecognizeRequest  { RecognitionConfig config = 1; bytes audio = 2; }
 *     RecognitionConfig { AudioEncoding encoding = 1; int32 sample_rate_hertz = 2; string language_code = 3;
 *                         int32 max_alternatives = 4; int32 audio_channel_count = 7; map<string, string> custom_configuration = 24; }
 *     RecognizeResponse { repeated { repeated { string transcript = 1; float confidence = 2; } alternatives = 1; } results = 1; }
 */
export const recognizePath = '/nvidia.riva.asr.RivaSpeechRecognition/Recognize'

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const
const linearPcm = 1
const sampleRateHz = 16_000

const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)])
const key = (field: number, type: number) => varint((field << 3) | type)
const number = (field: number, value: number): Buffer => Buffer.from([...key(field, wire.varint), ...varint(value)])
const bytes = (field: number, value: Uint8Array | string): Buffer => {
  const content = Buffer.from(value)
  return Buffer.concat([Buffer.from([...key(field, wire.bytes), ...varint(content.length)]), content])
}

export type RecognizeRequest = {
  /** 16 kHz mono. */
  readonly samples: Int16Array
  /** BCP-47: `en-US`, `zh-CN`. */
  readonly languageCode: string
  /** Servers that know no grammars leave it. */
  readonly jsgf?: string
}

export const encodeRecognizeRequest = ({ samples, languageCode, jsgf }: RecognizeRequest): Uint8Array => {
  const grammar = jsgf === undefined ? [] : [bytes(24, Buffer.concat([bytes(1, 'jsgf'), bytes(2, jsgf)]))]
  const config = Buffer.concat([
    number(1, linearPcm),
    number(2, sampleRateHz),
    bytes(3, languageCode),
    number(4, 1),
    number(7, 1),
    ...grammar,
  ])
  return Buffer.concat([bytes(1, config), bytes(2, toBytesLe(samples))])
}

type Malformed = { readonly code: 'malformed'; readonly message: string }
const malformed = (message: string) => refuse<Malformed>({ code: 'malformed', message })

const readVarint = (from: Uint8Array, at: number): { readonly value: number; readonly next: number } | undefined => {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = from[at + i]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, next: at + i + 1 }
  }
  return undefined
}

const sizeOf = (
  type: number,
  from: Uint8Array,
  at: number,
): { readonly skip: number; readonly next: number } | undefined => {
  if (type === wire.fixed32) return { skip: 4, next: at }
  if (type === wire.fixed64) return { skip: 8, next: at }
  const read = readVarint(from, at)
  if (!read || (type !== wire.varint && type !== wire.bytes)) return undefined
  return { skip: type === wire.varint ? 0 : read.value, next: read.next }
}

/** The length-delimited contents of one field of a message, in order; everything else is passed over. */
const fieldsIn = (message: Uint8Array, field: number): Result<readonly Uint8Array[], Malformed> => {
  const found: Uint8Array[] = []
  for (let at = 0; at < message.length; ) {
    const tag = readVarint(message, at)
    const size = tag && sizeOf(tag.value & 7, message, tag.next)
    if (!tag || !size) return malformed(`no field at byte ${at} of ${message.length}`)
    const end = size.next + size.skip
    if (end > message.length) return malformed(`${end} bytes needed, ${message.length} there`)
    if (tag.value >>> 3 === field && (tag.value & 7) === wire.bytes) found.push(message.subarray(size.next, end))
    at = end
  }
  return ok(found)
}

/** The best text of each piece, joined. Never throws. */
export const decodeRecognizeResponse = (message: Uint8Array): Result<string, Malformed> => {
  const results = fieldsIn(message, 1)
  if (!results.ok) return results
  const texts: string[] = []
  for (const result of results.value) {
    const alternatives = fieldsIn(result, 1)
    if (!alternatives.ok) return alternatives
    const [best] = alternatives.value
    const transcripts = best ? fieldsIn(best, 1) : ok([])
    if (!transcripts.ok) return transcripts
    texts.push(...transcripts.value.map((text) => Buffer.from(text).toString('utf8').trim()))
  }
  return ok(texts.filter((text) => text !== '').join(' '))
}
