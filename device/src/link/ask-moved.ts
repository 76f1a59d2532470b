import { parseJson } from '@mynah/shared/parse-json.ts'
import { newNonce, proofsMatch } from '@mynah/shared/wire/enrolment.ts'
import { movedProof, movedQuestionProof } from '@mynah/shared/wire/moved-cloud.ts'
import { udpAddressSchema } from '@mynah/shared/wire/topics.ts'
import * as v from 'valibot'
import type { SpeakerIdentity } from '../identity/identity.ts'
import { type PostDeps, postJson } from './post-json.ts'

const answerSchema = v.object({
  v: v.literal(1),
  mqtt: v.object({ url: v.pipe(v.string(), v.maxLength(500)) }),
  udp: udpAddressSchema,
  proof: v.pipe(v.string(), v.maxLength(100)),
})

/**
 * `POST /api/enrol/moved` at `url`: the same speaker at the place where its cloud is now. Undefined when nobody answers there, or not
 * as one who holds the device secret and is at home at that very address. Never rejects; shows nothing by which a stranger could act.
 */
export const askMoved = async (
  deps: PostDeps,
  identity: SpeakerIdentity,
  url: URL,
  signal: AbortSignal,
): Promise<SpeakerIdentity | undefined> => {
  const { deviceId, deviceSecret } = identity
  const question = { deviceId, nonce: newNonce(), url: url.origin }
  const proof = movedQuestionProof(deviceSecret, question)
  const body = { v: 1, device_id: deviceId, nonce: question.nonce, url: question.url, proof }
  const answer = await postJson(deps, new URL('/api/enrol/moved', url), body, signal)
  if (!answer.ok || answer.value.status >= 400) return undefined
  const said = v.safeParse(answerSchema, parseJson(answer.value.text))
  if (!said.success) return undefined
  const { mqtt, udp } = said.output
  if (!proofsMatch(movedProof(deviceSecret, question, { mqttUrl: mqtt.url, udp }), said.output.proof)) return undefined
  return { deviceId, deviceSecret, cloudUrl: question.url, mqttUrl: mqtt.url, udp }
}
