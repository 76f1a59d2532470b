import { sameSiteHeader } from '@mynah/shared/api/client.ts'
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { forwardedHeader, type TrustProxy } from '../gateway/remote-address.ts'

const cookieName = 'mynah_refresh'
const maxAgeS = 30 * 86_400

type SiteDeps = { readonly trustProxy: TrustProxy; readonly publicUrl?: string }

export const readRefreshCookie = (c: Context): string | undefined => {
  const value = getCookie(c, cookieName)
  return value !== undefined && /^[A-Za-z0-9_-]{20,128}$/.test(value) ? value : undefined
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined)

/** Under which name the browser asked. */
const askedHostOf = (c: Context): string => c.req.header('host') ?? new URL(c.req.url).host

/**
 * Whether the browser came by https: the proxy that ended it says so, or it asked for the public address. Who comes by http and past the proxy
 * must get a cookie, too, that the browser keeps.
 */
const isSecure = (c: Context, { trustProxy, publicUrl }: SiteDeps): boolean => {
  const forwarded = forwardedHeader(c, 'x-forwarded-proto', trustProxy)?.split(',').at(-1)?.trim()
  if (forwarded !== undefined) return forwarded === 'https'
  const isPublic = publicUrl?.startsWith('https:') === true && hostOf(publicUrl) === askedHostOf(c)
  return isPublic || new URL(c.req.url).protocol === 'https:'
}

/** The header that sets the cookie; null ends it. Scripts cannot read it and other sites cannot cause it to be sent. */
export const writeRefreshCookie = (c: Context, token: string | null, deps: SiteDeps): string => {
  const age = token === null ? 0 : maxAgeS
  const secure = isSecure(c, deps) ? '; Secure' : ''
  return `${cookieName}=${token ?? ''}; Path=/api; HttpOnly; SameSite=Strict; Max-Age=${age}${secure}`
}

/**
 * Whether a request that carries (or sets) the cookie can come from our own pages only: it has a header, or a content type, that
 * another site may not send without asking first, and where the browser names its origin, that is ours. SameSite=Strict is the second lock.
 */
export const isSameSite = (c: Context, { trustProxy, publicUrl }: SiteDeps): boolean => {
  const isAsked =
    c.req.header(sameSiteHeader) !== undefined || c.req.header('content-type')?.startsWith('application/json') === true
  const site = c.req.header('sec-fetch-site')
  if (!isAsked || (site !== undefined && site !== 'same-origin' && site !== 'none')) return false
  const origin = c.req.header('origin')
  if (origin === undefined) return true
  const forwardedHost = forwardedHeader(c, 'x-forwarded-host', trustProxy)
  const hosts = [askedHostOf(c), forwardedHost, publicUrl && hostOf(publicUrl)]
  return hosts.includes(hostOf(origin) ?? 'none')
}
