import { connect } from 'node:http2'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { decodeRecognizeResponse, encodeRecognizeRequest, recognizePath } from './riva-recognize.ts'

export type LanEarDeps = {
  readonly clock: Clock
  /** `http://192.168.1.20:50051` or https: any server that speaks NVIDIA Riva's gRPC. */
  readonly url: string
  readonly language: Language
  readonly jsgf: string
}

export type LanEarFailure = {
  readonly code: 'unreachable' | 'refused' | 'malformed' | 'resting'
  readonly message: string
}

/** The recogniser of a speech server in the house. */
export type LanEar = {
  /** Samples at 16 kHz. Within three seconds; after a failure it answers `resting` at once for a minute. */
  readonly hear: (samples: Int16Array) => Promise<Result<string, LanEarFailure>>
}

/** Who spoke waits: the speaker's own recogniser still has to hear it after this. */
const answerMs = 3_000
const restMs = 60_000
const languageCodes: Readonly<Record<Language, string>> = { en: 'en-US', zh: 'zh-CN' }
/** gRPC over HTTP/2, "Length-Prefixed-Message": a byte that says whether it is compressed, and the length in four. */
const prefixBytes = 5
const mostAnswerBytes = 65_536

const framed = (message: Uint8Array): Buffer => {
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

const unframed = (body: Buffer): Result<Uint8Array, LanEarFailure> => {
  const length = body.length >= prefixBytes ? body.readUInt32BE(1) : -1
  if (length < 0 || body[0] !== 0 || body.length < prefixBytes + length) {
    return refuse({ code: 'malformed', message: `no whole message in ${body.length} bytes` })
  }
  return ok(body.subarray(prefixBytes, prefixBytes + length))
}

/** One call on a connection of its own: between two commands in an outage lie minutes. */
const call = (deps: LanEarDeps, message: Uint8Array): Promise<Result<Uint8Array, LanEarFailure>> =>
  new Promise((resolve) => {
    const session = connect(deps.url)
    const end = (outcome: Result<Uint8Array, LanEarFailure>) => {
      timeout.cancel()
      session.destroy()
      resolve(outcome)
    }
    const unreachable = (why: string) => end(refuse({ code: 'unreachable', message: `${deps.url}: ${why}` }))
    const timeout = deps.clock.startTimer(answerMs, () => unreachable(`no answer in ${answerMs} ms`))
    session.on('error', (error) => unreachable(error.message))
    const request = session.request({
      ':method': 'POST',
      ':path': recognizePath,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    const pieces: Buffer[] = []
    let bytes = 0
    let status: string | undefined
    const note = (headers: Readonly<Record<string, unknown>>) => {
      if (headers['grpc-status'] !== undefined) status = String(headers['grpc-status'])
    }
    request.on('error', (error) => unreachable(error.message))
    // A refusal without a body has its status among the first headers.
    request.on('response', note)
    request.on('trailers', note)
    request.on('data', (piece: Buffer) => {
      bytes += piece.length
      if (bytes > mostAnswerBytes)
        return end(refuse({ code: 'malformed', message: `more than ${mostAnswerBytes} bytes` }))
      pieces.push(piece)
    })
    request.on('end', () => {
      if (status === '0') return end(unframed(Buffer.concat(pieces)))
      end(refuse({ code: 'refused', message: `${deps.url}: gRPC status ${status ?? 'missing'}` }))
    })
    request.end(framed(message))
  })

export const createLanEar = (deps: LanEarDeps): LanEar => {
  const { clock, language, jsgf } = deps
  let restsUntilMs = Number.NEGATIVE_INFINITY
  return {
    hear: async (samples) => {
      if (clock.now() < restsUntilMs) return refuse({ code: 'resting', message: 'it failed a moment ago' })
      const message = encodeRecognizeRequest({ samples, languageCode: languageCodes[language], jsgf })
      const answered = await call(deps, message)
      const heard = answered.ok ? decodeRecognizeResponse(answered.value) : answered
      if (!heard.ok) restsUntilMs = clock.now() + restMs
      return heard
    },
  }
}
