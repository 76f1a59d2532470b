import { randomBytes } from 'node:crypto'
import { isBrowserId } from '@mynah/shared/api/talk.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  deriveDeviceSecret,
  type EnrolAnswer,
  type EnrolRequest,
  enrolledProof,
  enrolmentProof,
  newNonce,
  proofsMatch,
} from '@mynah/shared/wire/enrolment.ts'
import type { StoredToken } from '../store/enrolment-store.ts'
import type { Store } from '../store/open-store.ts'
import type { Problem } from './problem.ts'

export type EnrolmentDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly store: Pick<Store, 'devices' | 'enrolment' | 'configs' | 'audit'>
  readonly mqttUrl: () => string
  readonly addressFor: (deviceId: string) => { readonly host: string; readonly port: number }
  /** A speaker has a new secret: it is to be announced, and a connection with the old one ends. */
  readonly onEnrolled: (deviceId: string) => void
}

const repeatWithinMs = 10 * 60_000

// One text for an unknown token and a wrong proof: whoever guesses learns nothing.
const unknownToken: Problem = {
  status: 401,
  code: 'token_unknown',
  detail: 'This cloud does not know the enrolment token, or the proof is wrong. Make a new token and try again.',
}
const usedToken: Problem = {
  status: 409,
  code: 'token_used',
  detail: 'This enrolment token was used before. Make a new one.',
}
const expiredToken: Problem = {
  status: 410,
  code: 'token_expired',
  detail: 'This enrolment token has expired. Make a new one.',
}
const deviceExists: Problem = {
  status: 403,
  code: 'device_exists',
  detail:
    'A speaker with this id is enrolled already. To enrol it again, make a token for it: enrolment-token --device ID.',
}

const reservedId: Problem = {
  status: 403,
  code: 'device_id_reserved',
  detail: 'Ids of this form belong to browsers that talk. Give the speaker another id.',
}

/** Redeems one-time tokens (docs/protocol.md, Enrolment). What it answers is on disk before it answers. */
export const createEnrolment = (deps: EnrolmentDeps) => {
  const { clock, store } = deps
  const nobodysSecret = randomBytes(32)

  const answerFor = (token: StoredToken, request: EnrolRequest, cloudNonce: string): EnrolAnswer => ({
    v: 1,
    cloud_nonce: cloudNonce,
    mqtt: { url: deps.mqttUrl() },
    udp: deps.addressFor(request.device_id),
    proof: enrolledProof(token.secret, { ...claimOf(request), cloudNonce }),
  })

  const repeat = (token: StoredToken, request: EnrolRequest): Result<EnrolAnswer, Problem> => {
    const { use } = token
    const isSame = use && use.deviceId === request.device_id && use.deviceNonce === request.device_nonce
    const isRecent = use && clock.wallTime().getTime() - use.at.getTime() < repeatWithinMs
    return isSame && isRecent ? ok(answerFor(token, request, use.cloudNonce)) : refuse(usedToken)
  }

  const redeem = (token: StoredToken, request: EnrolRequest): Result<EnrolAnswer, Problem> => {
    const deviceId = request.device_id
    const cloudNonce = newNonce()
    const use = { tokenId: token.tokenId, deviceId, deviceNonce: request.device_nonce, cloudNonce }
    const secret = deriveDeviceSecret(token.secret, use)
    const earlier = store.devices.find(deviceId)
    const movesIn = earlier !== undefined && earlier.homeId !== token.homeId
    const first = store.enrolment.redeem(use, () => {
      if (movesIn) store.devices.forget(deviceId)
      store.devices.save({ deviceId, homeId: token.homeId, secret })
      const { name, language, room, timeZone } = token
      // What another home had set (names, rooms, quiet hours) stays with that home.
      const before = movesIn ? undefined : store.configs.latest(deviceId)?.config
      const given = {
        ...(name !== undefined && { name }),
        ...(language !== undefined && { language }),
        ...(room !== undefined && { room }),
        ...(timeZone !== undefined && { time_zone: timeZone }),
      }
      if (movesIn || Object.keys(given).length > 0) {
        store.configs.add(deviceId, (version) => ({ ...before, ...given, v: 1, version }))
      }
      store.audit.add({ actor: `token ${token.tokenId}`, action: 'device_enrolled', target: deviceId })
    })
    if (!first) return refuse(usedToken)
    deps.log.info('speaker enrolled', { deviceId })
    deps.onEnrolled(deviceId)
    return ok(answerFor(token, request, cloudNonce))
  }

  const refusalOfId = (deviceId: string, token: StoredToken) => {
    if (isBrowserId(deviceId)) return refuse(reservedId)
    return store.devices.find(deviceId) && token.forDeviceId === undefined ? refuse(deviceExists) : undefined
  }
  return (request: EnrolRequest): Result<EnrolAnswer, Problem> => {
    const token = store.enrolment.find(request.token_id)
    const expected = enrolmentProof(token?.secret ?? nobodysSecret, claimOf(request))
    if (!proofsMatch(expected, request.proof) || !token) return refuse(unknownToken)
    if (token.forDeviceId !== undefined && token.forDeviceId !== request.device_id) return refuse(unknownToken)
    if (token.use) return repeat(token, request)
    if (token.expiresAt <= clock.wallTime()) return refuse(expiredToken)
    return refusalOfId(request.device_id, token) ?? redeem(token, request)
  }
}

const claimOf = ({ token_id, device_id, device_nonce }: EnrolRequest) => ({
  tokenId: token_id,
  deviceId: device_id,
  deviceNonce: device_nonce,
})
