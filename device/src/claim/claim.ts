import type { Log } from '@mynah/shared/log/log.ts'
import { backoffDelayMs } from '@mynah/shared/time/backoff.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { newNonce } from '@mynah/shared/wire/enrolment.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { newDeviceId, type SpeakerIdentity } from '../identity/identity.ts'
import { enrol } from '../link/enrolment.ts'
import type { ClaimFile, PendingClaim } from './claim-file.ts'
import { askForCode, pollCode } from './claim-requests.ts'

export type ClaimDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly fetch: typeof fetch
  readonly cloudUrl: string
  readonly language: Language
  readonly file: ClaimFile
  /** The code to say; undefined while there is none. */
  readonly onCode: (code: string | undefined) => void
  /** The cloud could not be asked; it is asked again by itself. */
  readonly onAway: () => void
  /** Whether somebody may be there to hear a code: without, none is asked for. */
  readonly isAttended: () => boolean
  /** Resolves when somebody is there, or `signal` aborts. */
  readonly attended: (signal: AbortSignal) => Promise<void>
}

type Followed = { readonly type: 'enrolled'; readonly identity: SpeakerIdentity } | { readonly type: 'gone' }

const pollEveryMs = 3_000
const backoff = { baseMs: 2_000, maxMs: 60_000 }

/**
 * Asks for a code until somebody has typed one, and enrols. Resolves with the new identity (to be stored by the caller), or undefined
 * when `signal` aborts. The code on disk is taken up again after a restart.
 */
export const createClaim = (deps: ClaimDeps): ((signal: AbortSignal) => Promise<SpeakerIdentity | undefined>) => {
  const { clock, log, cloudUrl, language, file } = deps
  let failures = 0

  const keep = (pending: PendingClaim | undefined) =>
    file.write({ cloud_url: cloudUrl, language, ...(pending && { pending }) })
  const rest = (retryAfterMs: number | undefined, why: string, signal: AbortSignal) => {
    if (failures % 10 === 0) log.warn('the cloud cannot be asked for a claim', { attempt: failures + 1, why })
    const jitterMs = backoffDelayMs({ attempt: failures, ...backoff, random: deps.random })
    failures++
    deps.onAway()
    return clock.sleep((retryAfterMs ?? 1_000) + jitterMs, signal)
  }
  const ask = async (signal: AbortSignal): Promise<PendingClaim | undefined> => {
    // A new id with each code: under an old one an enrolment may have been cut off.
    const deviceId = newDeviceId()
    const asked = await askForCode(deps, { cloudUrl, deviceId, language }, signal)
    if (asked.type === 'away') {
      await rest(asked.retryAfterMs, asked.why, signal)
      return undefined
    }
    failures = 0
    const pending = { code: asked.code, poll_token: asked.pollToken, device_id: deviceId, device_nonce: newNonce() }
    await keep(pending)
    log.info('a code was given for the claim of this speaker')
    return pending
  }
  const redeem = async (pending: PendingClaim, token: string, signal: AbortSignal): Promise<Followed | undefined> => {
    const request = { cloudUrl, token, deviceId: pending.device_id, deviceNonce: pending.device_nonce }
    const enrolled = await enrol(request, deps, signal)
    if (enrolled.ok) return { type: 'enrolled', identity: enrolled.value }
    log.warn('the claim was not completed', { code: enrolled.error.code, why: enrolled.error.message })
    return enrolled.error.code === 'unreachable' ? undefined : { type: 'gone' }
  }
  /** Polls one code until it is claimed or over. */
  const follow = async (pending: PendingClaim, signal: AbortSignal): Promise<Followed> => {
    while (!signal.aborted) {
      const polled = await pollCode(deps, { cloudUrl, pollToken: pending.poll_token }, signal)
      if (polled.type === 'gone') return polled
      const followed = polled.type === 'claimed' ? await redeem(pending, polled.token, signal) : undefined
      if (followed) return followed
      if (polled.type === 'away') {
        await rest(polled.retryAfterMs, polled.why, signal)
      } else {
        failures = 0
        deps.onCode(pending.code)
        await clock.sleep(pollEveryMs, signal)
      }
    }
    return { type: 'gone' }
  }
  const next = async (signal: AbortSignal): Promise<PendingClaim | undefined> => {
    if (!deps.isAttended()) await deps.attended(signal)
    return signal.aborted ? undefined : ask(signal)
  }
  return async (signal) => {
    let pending = (await file.read())?.pending
    while (!signal.aborted) {
      pending ??= await next(signal)
      const followed = pending && (await follow(pending, signal))
      if (followed?.type === 'enrolled') return followed.identity
      // A stop is not an end: the code on disk is good until the cloud says otherwise.
      if (!followed || signal.aborted) continue
      deps.onCode(undefined)
      pending = undefined
      await keep(undefined)
    }
    return undefined
  }
}
