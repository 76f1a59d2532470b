import { proofOf } from './enrolment.ts'
import { standingKeyOf } from './session-keys.ts'

/**
 * How a speaker that the broker refuses learns whether its owner has parted from it (docs/protocol.md): it asks the cloud over HTTP, and
 * each side proves that it holds the device secret. Whoever stands between can keep the answer away and cannot make one: a speaker gives
 * its owner up only when the owner's own cloud says so.
 */
export type Standing = 'enrolled' | 'released'

export type StandingQuestion = {
  readonly deviceId: string
  /** 16 random bytes, base64url: an answer of before fits no new question. */
  readonly nonce: string
}

/** What the speaker shows. base64url. */
export const standingQuestionProof = (deviceSecret: Uint8Array, { deviceId, nonce }: StandingQuestion): string =>
  proofOf(standingKeyOf(deviceSecret), ['mynah/1 standing?', deviceId, nonce])

/** What the cloud answers. base64url. */
export const standingProof = (
  deviceSecret: Uint8Array,
  { deviceId, nonce }: StandingQuestion,
  standing: Standing,
): string => proofOf(standingKeyOf(deviceSecret), ['mynah/1 standing', deviceId, nonce, standing])
