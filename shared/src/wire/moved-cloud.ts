import { proofOf } from './enrolment.ts'
import { movedKeyOf } from './session-keys.ts'

/**
 * How a speaker whose cloud has another address now (docs/protocol.md) makes sure that what it found on the network is its cloud: each
 * side proves that it holds the device secret, and the address that the speaker used is part of both proofs. A cloud answers only for
 * addresses of its own, so whoever passes the question on to it gets no answer for theirs.
 */
export type MovedQuestion = {
  readonly deviceId: string
  /** 16 random bytes, base64url: an answer of before fits no new question. */
  readonly nonce: string
  /** `http://address:port`, as the speaker calls it. */
  readonly url: string
}

/** Where everything else of the cloud is. */
export type CloudPlace = {
  readonly mqttUrl: string
  readonly udp: { readonly host: string; readonly port: number }
}

const partsOf = ({ deviceId, nonce, url }: MovedQuestion) => [deviceId, nonce, url]

/** What the speaker shows. base64url. */
export const movedQuestionProof = (deviceSecret: Uint8Array, question: MovedQuestion): string =>
  proofOf(movedKeyOf(deviceSecret), ['mynah/1 moved?', ...partsOf(question)])

/** What the cloud answers. base64url. */
export const movedProof = (deviceSecret: Uint8Array, question: MovedQuestion, { mqttUrl, udp }: CloudPlace): string =>
  proofOf(movedKeyOf(deviceSecret), ['mynah/1 moved', ...partsOf(question), mqttUrl, udp.host, String(udp.port)])

/** The name of the service in DNS-SD (RFC 6763): `_mynah._tcp.local`. */
export const cloudServiceType = 'mynah'
