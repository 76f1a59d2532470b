import { parseJson } from '@mynah/shared/parse-json.ts'
import { newNonce, proofsMatch } from '@mynah/shared/wire/enrolment.ts'
import { type Standing, standingProof, standingQuestionProof } from '@mynah/shared/wire/standing.ts'
import * as v from 'valibot'
import type { SpeakerIdentity } from '../identity/identity.ts'
import { type PostDeps, postJson } from '../link/post-json.ts'

const answerSchema = v.object({
  v: v.literal(1),
  standing: v.picklist(['enrolled', 'released']),
  proof: v.pipe(v.string(), v.maxLength(100)),
})

/**
 * `POST /api/enrol/standing`: whether the cloud of this identity still counts the speaker as its owner's. `unknown` when it cannot be
 * reached, or when the answer is not proven to come from who holds the device secret. Never rejects.
 */
export const askStanding = async (
  deps: PostDeps,
  { deviceId, deviceSecret, cloudUrl }: Pick<SpeakerIdentity, 'deviceId' | 'deviceSecret' | 'cloudUrl'>,
  signal: AbortSignal,
): Promise<Standing | 'unknown'> => {
  const question = { deviceId, nonce: newNonce() }
  const proof = standingQuestionProof(deviceSecret, question)
  const body = { v: 1, device_id: deviceId, nonce: question.nonce, proof }
  const answer = await postJson(deps, new URL('/api/enrol/standing', cloudUrl), body, signal)
  if (!answer.ok || answer.value.status >= 400) return 'unknown'
  const said = v.safeParse(answerSchema, parseJson(answer.value.text))
  if (!said.success) return 'unknown'
  const { standing } = said.output
  return proofsMatch(standingProof(deviceSecret, question, standing), said.output.proof) ? standing : 'unknown'
}
