import { createHmac, timingSafeEqual } from 'node:crypto'
import { parseJson } from '@mynah/shared/parse-json.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'

/** Who a token speaks for: `sub` is the person, `sid` the login it came from. Times are seconds since 1970 (RFC 7519). */
const claimsSchema = v.object({
  iss: v.literal('mynah'),
  sub: v.string(),
  sid: v.string(),
  iat: v.number(),
  exp: v.number(),
})
export type AccessClaims = v.InferOutput<typeof claimsSchema>

export type AccessTokens = {
  readonly issue: (who: { readonly personId: string; readonly loginId: string }) => {
    readonly token: string
    readonly expiresInS: number
  }
  readonly verify: (
    token: string,
  ) => { readonly type: 'valid'; readonly claims: AccessClaims } | { readonly type: 'expired' | 'invalid' }
}

/** Ten minutes: what a stolen token is good for at most, were its login not looked up. */
const lifetimeS = 600
const maxTokenLength = 1_024
// The header is compared as text: no other algorithm, and above all not "none", can be asked for by a token.
const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')

const parse = (payload: string): unknown => parseJson(Buffer.from(payload, 'base64url').toString('utf8'))

/** Access tokens: JWT with HMAC-SHA256 and nothing else (docs/adr/0010). `key` has 32 bytes. */
export const createAccessTokens = ({
  key,
  clock,
}: {
  readonly key: Uint8Array
  readonly clock: Clock
}): AccessTokens => {
  const sign = (text: string) => createHmac('sha256', key).update(text).digest()
  const nowS = () => Math.floor(clock.wallTime().getTime() / 1_000)
  return {
    issue: ({ personId, loginId }) => {
      const claims: AccessClaims = { iss: 'mynah', sub: personId, sid: loginId, iat: nowS(), exp: nowS() + lifetimeS }
      const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
      return { token: `${signed}.${sign(signed).toString('base64url')}`, expiresInS: lifetimeS }
    },
    verify: (token) => {
      if (token.length > maxTokenLength) return { type: 'invalid' }
      const [tokenHeader, payload, signature, ...rest] = token.split('.')
      if (tokenHeader !== header || !payload || !signature || rest.length > 0) return { type: 'invalid' }
      const expected = sign(`${header}.${payload}`)
      const received = Buffer.from(signature, 'base64url')
      if (received.length !== expected.length || !timingSafeEqual(expected, received)) return { type: 'invalid' }
      const claims = v.safeParse(claimsSchema, parse(payload))
      if (!claims.success) return { type: 'invalid' }
      return claims.output.exp <= nowS() ? { type: 'expired' } : { type: 'valid', claims: claims.output }
    },
  }
}
