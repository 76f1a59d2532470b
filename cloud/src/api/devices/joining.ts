import { randomBytes } from 'node:crypto'
import { instant } from '@mynah/shared/time/instant.ts'
import { formatEnrolmentToken, newEnrolmentToken, proofsMatch } from '@mynah/shared/wire/enrolment.ts'
import { movedProof, movedQuestionProof } from '@mynah/shared/wire/moved-cloud.ts'
import { standingProof, standingQuestionProof } from '@mynah/shared/wire/standing.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { type Actions, done, notFound, refused } from '../action.ts'
import type { DevicesDeps } from './devices-deps.ts'

type Names =
  | 'listEnrolmentTokens'
  | 'createEnrolmentToken'
  | 'revokeEnrolmentToken'
  | 'claimDevice'
  | 'requestClaimCode'
  | 'pollClaimCode'
  | 'askStanding'
  | 'askMoved'

const hourMs = 3_600_000
const defaultValidHours = 24
const pollAfterS = 3

// One answer for an unknown speaker and a wrong proof: whoever guesses learns nothing.
const notKnownSo = refused('unauthenticated', 'This cloud does not know the speaker, or not so.')
const noSuchCode = refused('code_unknown', 'No speaker says this code (any more). Let it say a new one.')

type NewToken = {
  readonly homeId: string
  readonly validMs: number
  readonly name?: string
  readonly language?: Language
  readonly room?: string
  readonly timeZone?: string
  readonly forDeviceId?: string
  readonly actor: string
}

/** How a speaker comes into a home. */
export const enrolmentActions = (deps: DevicesDeps): Actions<Names> => {
  const { clock, stores, store, claimCodes } = deps
  const nobodysSecret = randomBytes(32)
  /** The speaker that `proof` comes from. It takes as long when there is none. */
  const proven = (deviceId: string, proof: string, proofBy: (secret: Uint8Array) => string) => {
    const device = store.devices.find(deviceId)
    const isProven = proofsMatch(proofBy(device?.secret ?? nobodysSecret), proof)
    return isProven ? device : undefined
  }
  const makeToken = ({ validMs, actor, ...rest }: NewToken) => {
    const token = newEnrolmentToken()
    const expiresAt = instant(clock.wallTime().getTime() + validMs)
    store.enrolment.add({ ...token, ...rest, expiresAt })
    store.audit.add({ actor, action: 'token_made', target: token.tokenId, homeId: rest.homeId })
    return { tokenId: token.tokenId, text: formatEnrolmentToken(token), expiresAt: expiresAt.toISOString() }
  }
  return {
    listEnrolmentTokens: ({ homeId }) => done({ items: [...stores.registry.tokens(homeId)] }),
    createEnrolmentToken: ({ homeId, body, principal }) => {
      const validMs = (body.valid_hours ?? defaultValidHours) * hourMs
      const { name, room, language, time_zone: timeZone } = body
      const made = makeToken({
        homeId,
        validMs,
        actor: principal.actor,
        ...(name !== undefined && { name }),
        ...(room !== undefined && { room }),
        ...(language !== undefined && { language }),
        ...(timeZone !== undefined && { timeZone }),
      })
      const cloudUrl = deps.cloudUrl()
      const query = new URLSearchParams({ cloud: cloudUrl, token: made.text })
      return done({
        token_id: made.tokenId,
        name: name ?? null,
        for_device_id: null,
        created_at: clock.wallTime().toISOString(),
        expires_at: made.expiresAt,
        used_by: null,
        token: made.text,
        cloud_url: cloudUrl,
        qr_text: `mynah:enrol?${query}`,
      })
    },
    revokeEnrolmentToken: ({ homeId, params, principal }) => {
      if (!stores.registry.removeToken(homeId, params.token_id)) return notFound()
      store.audit.add({ actor: principal.actor, action: 'token_revoked', target: params.token_id, homeId })
      return done(undefined)
    },
    claimDevice: ({ homeId, body, principal }) => {
      const { code, name } = body
      const found = claimCodes.find(code, principal.personId)
      if (found.type === 'too_often') {
        const { waitS } = found
        return refused('rate_limited', `Too many wrong codes. Try again in ${waitS} s.`, { retry_after_s: waitS })
      }
      if (found.type === 'unknown') return noSuchCode
      const { deviceId, language } = found
      // Whoever asked under the id of an enrolled speaker is not that speaker; that there is one is nobody's business.
      if (stores.registry.find(deviceId)) {
        claimCodes.drop(code)
        return noSuchCode
      }
      stores.atOnce(() => {
        const made = makeToken({
          homeId,
          validMs: hourMs,
          forDeviceId: deviceId,
          actor: principal.actor,
          ...(name !== undefined && { name }),
          ...(language !== undefined && { language }),
        })
        claimCodes.give(code, made.tokenId)
        store.audit.add({ actor: principal.actor, action: 'device_claimed', target: deviceId, homeId })
      })
      return done({ device_id: deviceId })
    },
    requestClaimCode: ({ body }) => {
      const { language } = body
      const issued = claimCodes.issue({ deviceId: body.device_id, ...(language !== undefined && { language }) })
      if (!issued) return refused('unavailable', 'Too many speakers wait to be claimed. Try again in ten minutes.')
      const { code, pollToken, expiresInS } = issued
      return done({ v: 1 as const, code, poll_token: pollToken, expires_in_s: expiresInS, poll_after_s: pollAfterS })
    },
    pollClaimCode: ({ body }) => {
      const polled = claimCodes.poll(body.poll_token)
      if (!polled) return refused('code_unknown', 'This code has expired. Ask for a new one.')
      if (polled.tokenId === undefined) return done({ v: 1 as const, state: 'waiting' as const })
      const token = store.enrolment.find(polled.tokenId)
      if (!token) return refused('code_unknown', 'This code has expired. Ask for a new one.')
      return done({ v: 1 as const, state: 'claimed' as const, token: formatEnrolmentToken(token) })
    },
    askStanding: ({ body }) => {
      const { device_id: deviceId, nonce, proof } = body
      const question = { deviceId, nonce }
      const device = proven(deviceId, proof, (secret) => standingQuestionProof(secret, question))
      if (!device) return notKnownSo
      const standing = device.revoked ? ('released' as const) : ('enrolled' as const)
      return done({ v: 1 as const, standing, proof: standingProof(device.secret, question, standing) })
    },
    askMoved: ({ body }) => {
      const { device_id: deviceId, nonce, url, proof } = body
      const question = { deviceId, nonce, url }
      const device = proven(deviceId, proof, (secret) => movedQuestionProof(secret, question))
      if (!device || device.revoked) return notKnownSo
      const place = deps.placeAt(new URL(url), deviceId)
      if (!place) return refused('not_found', 'This is no address of this cloud.')
      const { mqttUrl, udp } = place
      return done({ v: 1 as const, mqtt: { url: mqttUrl }, udp, proof: movedProof(device.secret, question, place) })
    },
  }
}
