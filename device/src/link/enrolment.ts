import type { Log } from '@mynah/shared/log/log.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { backoffDelayMs } from '@mynah/shared/time/backoff.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  deriveDeviceSecret,
  type EnrolAnswer,
  type EnrolmentToken,
  enrolAnswerSchema,
  enrolledProof,
  enrolmentProof,
  newNonce,
  parseEnrolmentToken,
  proofsMatch,
} from '@mynah/shared/wire/enrolment.ts'
import * as v from 'valibot'
import type { SpeakerIdentity } from '../identity/identity.ts'
import { postJson } from './post-json.ts'

export type EnrolmentRefusal = {
  readonly code:
    | 'bad_token'
    | 'token_used'
    | 'token_expired'
    | 'token_unknown'
    | 'wrong_cloud'
    | 'unreachable'
    | 'refused'
  /** For a person: what is wrong and what to do. */
  readonly message: string
}

export type EnrolmentRequest = {
  /** `http(s)://host:port`. */
  readonly cloudUrl: string
  readonly token: string
  readonly deviceId: string
  /** Of an attempt that was cut off: the cloud then answers as it did; a new one unless told. */
  readonly deviceNonce?: string
}

export type EnrolmentDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly fetch: typeof fetch
}

const attempts = 6

/**
 * Makes this speaker one of the cloud's: proves the token, checks that the cloud knows it too, derives the device secret.
 * Repeats with the same nonce (the cloud then gives the same answer) while the cloud cannot be reached, 6 times at most.
 */
export const enrol = async (
  request: EnrolmentRequest,
  deps: EnrolmentDeps,
  signal: AbortSignal,
): Promise<Result<SpeakerIdentity, EnrolmentRefusal>> => {
  const token = parseEnrolmentToken(request.token)
  if (!token.ok) return refuse({ code: 'bad_token', message: token.error.message })
  const deviceNonce = request.deviceNonce ?? newNonce()
  let last: EnrolmentRefusal = { code: 'unreachable', message: 'stopped before the first attempt' }
  for (let attempt = 0; attempt < attempts && !signal.aborted; attempt++) {
    const outcome = await attemptOnce({ request, token: token.value, deviceNonce }, deps, signal)
    if (outcome.ok || outcome.error.code !== 'unreachable') return outcome
    last = outcome.error
    deps.log.warn('the cloud cannot be reached for enrolment', { attempt: attempt + 1, why: last.message })
    if (attempt + 1 < attempts) {
      await deps.clock.sleep(backoffDelayMs({ attempt, baseMs: 1_000, maxMs: 8_000, random: deps.random }), signal)
    }
  }
  return refuse(last)
}

type Attempt = {
  readonly request: EnrolmentRequest
  readonly token: EnrolmentToken
  readonly deviceNonce: string
}

const unreachable = (cloudUrl: string, why: string) =>
  refuse<EnrolmentRefusal>({ code: 'unreachable', message: `no answer from ${cloudUrl}: ${why}` })

const attemptOnce = async (
  attempt: Attempt,
  deps: EnrolmentDeps,
  signal: AbortSignal,
): Promise<Result<SpeakerIdentity, EnrolmentRefusal>> => {
  const { cloudUrl } = attempt.request
  const answer = await postJson(deps, new URL('/api/enrol', cloudUrl), bodyOf(attempt), signal)
  if (!answer.ok) return unreachable(cloudUrl, answer.error)
  const { status, text } = answer.value
  return status < 400 ? accept(attempt, text) : refuse(refusalOf(status, text))
}

const bodyOf = ({ request, token, deviceNonce }: Attempt) => ({
  v: 1,
  token_id: token.tokenId,
  device_id: request.deviceId,
  device_nonce: deviceNonce,
  proof: enrolmentProof(token.secret, { tokenId: token.tokenId, deviceId: request.deviceId, deviceNonce }),
})

const accept = (attempt: Attempt, text: string): Result<SpeakerIdentity, EnrolmentRefusal> => {
  const answer = answerOf(text)
  if (!answer) {
    return refuse({
      code: 'wrong_cloud',
      message: `${attempt.request.cloudUrl} answers, but not as a Mynah cloud does`,
    })
  }
  const { token, deviceNonce } = attempt
  const { deviceId, cloudUrl } = attempt.request
  const claim = { tokenId: token.tokenId, deviceId, deviceNonce, cloudNonce: answer.cloud_nonce }
  if (!proofsMatch(enrolledProof(token.secret, claim), answer.proof)) {
    return refuse({
      code: 'wrong_cloud',
      message: `${cloudUrl} does not know this token: it may be another cloud, or somebody between`,
    })
  }
  return ok({
    deviceId,
    deviceSecret: deriveDeviceSecret(token.secret, claim),
    cloudUrl,
    mqttUrl: answer.mqtt.url,
    udp: answer.udp,
  })
}

const answerOf = (text: string): EnrolAnswer | undefined => {
  const json = parseJson(text)
  const checked = v.safeParse(enrolAnswerSchema, json)
  return checked.success ? checked.output : undefined
}

/** RFC 9457 problem details with the gateway's extension member `error`. */
const problemSchema = v.object({ error: v.object({ code: v.string(), message: v.optional(v.string()) }) })

const knownRefusals: Readonly<Record<string, EnrolmentRefusal>> = {
  token_used: { code: 'token_used', message: 'this token was used before: make a new one in the panel' },
  token_expired: { code: 'token_expired', message: 'this token has expired: make a new one in the panel' },
  token_unknown: { code: 'token_unknown', message: 'this cloud did not make the token, or it was revoked' },
}
const refusalsByStatus: Readonly<Record<number, string>> = {
  401: 'token_unknown',
  409: 'token_used',
  410: 'token_expired',
}

const refusalOf = (status: number, text: string): EnrolmentRefusal => {
  const problem = v.safeParse(problemSchema, parseJson(text))
  const known = knownRefusals[(problem.success ? problem.output.error.code : refusalsByStatus[status]) ?? '']
  if (known) return known
  if (!problem.success && status === 404) {
    return { code: 'wrong_cloud', message: 'the address answers, but it is not a Mynah cloud' }
  }
  const said = problem.success ? (problem.output.error.message ?? problem.output.error.code) : `status ${status}`
  return { code: 'refused', message: `the cloud refuses: ${said.slice(0, 300)}` }
}
