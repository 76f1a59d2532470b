import { createHash } from 'node:crypto'
import type { EndpointName } from '@mynah/shared/api/contract.ts'
import type { Principal } from '../auth/principals.ts'
import type { IdempotencyStore, KeyedRequest } from '../store/idempotency-store.ts'
import { done, type Refusal, refused } from './action.ts'
import type { LooseOutcome } from './answer.ts'

/** What makes two requests the same one: who asks, for what, with which key. */
export type OnceRequest = {
  readonly name: EndpointName
  readonly key: string
  readonly principal: Principal
  readonly params: unknown
  readonly body: unknown
}

export type Once = (request: OnceRequest, act: () => LooseOutcome | Promise<LooseOutcome>) => Promise<LooseOutcome>

const keyForm = /^[\x21-\x7e]{1,255}$/

/** A login of a person is that person, whichever browser it is in; an API token is somebody of its own. */
const ownerOf = ({ personId, via }: Principal): string =>
  via.type === 'login' ? `person/${personId}` : `token/${via.tokenId}`

const requestHashOf = ({ name, params, body }: OnceRequest): Buffer => {
  const hash = createHash('sha256').update(JSON.stringify([name, params]))
  return (body instanceof Uint8Array ? hash.update(body) : hash.update(JSON.stringify(body) ?? '')).digest()
}

const badKey = (): Refusal => {
  const message = '1 to 255 visible ASCII characters'
  return refused('bad_request', `Idempotency-Key: ${message}`, { errors: [{ field: 'idempotency-key', message }] })
}
const otherRequest = () =>
  refused('key_reused', 'This Idempotency-Key was used for another request. Take a new one for what is new.')
const unknownOutcome = () =>
  refused(
    'conflict',
    'A request with this Idempotency-Key was begun when the cloud stopped; look whether it was done, then use a new key.',
  )

/**
 * Does what was asked with an `Idempotency-Key` at most once in 24 hours: asked again it gives the same answer, also while the first is
 * still under way, and after a restart. What was refused, or failed, was not done and may be tried again with the same key.
 */
export const createOnce = (store: IdempotencyStore): Once => {
  type Running = { readonly requestHash: Buffer; readonly outcome: Promise<LooseOutcome> }
  const underWay = new Map<string, Running>()

  const perform = async (keyed: KeyedRequest, act: () => LooseOutcome | Promise<LooseOutcome>) => {
    try {
      const outcome = await act()
      if (outcome.type === 'done') {
        const { body, version } = outcome
        store.answer(keyed, { body, ...(version !== undefined && { version }) })
      } else store.forget(keyed)
      return outcome
    } catch (error) {
      store.forget(keyed)
      throw error
    }
  }
  return async (request, act) => {
    if (!keyForm.test(request.key)) return badKey()
    const principal = ownerOf(request.principal)
    const requestHash = requestHashOf(request)
    const id = `${principal} ${request.key}`
    const running = underWay.get(id)
    if (running) return running.requestHash.equals(requestHash) ? running.outcome : otherRequest()
    const keyed: KeyedRequest = { principal, key: request.key, requestHash }
    const known = store.begin(keyed)
    switch (known.type) {
      case 'other_request':
        return otherRequest()
      case 'begun':
        return unknownOutcome()
      case 'answered':
        return done(known.answer.body, known.answer.version === undefined ? {} : { version: known.answer.version })
      case 'new': {
        const outcome = perform(keyed, act).finally(() => underWay.delete(id))
        underWay.set(id, { requestHash, outcome })
        return outcome
      }
    }
  }
}
