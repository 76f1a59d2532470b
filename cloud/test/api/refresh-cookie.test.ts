import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { writeRefreshCookie } from '../../src/api/refresh-cookie.ts'

const publicUrl = 'https://mynah.example'

const isSecure = async (deps: Parameters<typeof writeRefreshCookie>[2], headers: Readonly<Record<string, string>>) => {
  const app = new Hono().get('/', (c) => c.text(writeRefreshCookie(c, 'a'.repeat(32), deps)))
  const response = await app.request('http://127.0.0.1:8700/', { headers })
  return (await response.text()).includes('; Secure')
}

test.each([
  ['the proxy that ended https says so', { trustProxy: true }, { 'x-forwarded-proto': 'https' }, true],
  [
    'the proxy says that it was http',
    { trustProxy: true, publicUrl },
    { 'x-forwarded-proto': 'http', host: 'mynah.example' },
    false,
  ],
  ['somebody says so whom nobody trusts', { trustProxy: false }, { 'x-forwarded-proto': 'https' }, false],
  ['the browser asked for the public address', { trustProxy: false, publicUrl }, { host: 'mynah.example' }, true],
  ['the browser came past the proxy, by http', { trustProxy: false, publicUrl }, { host: '192.168.1.5:8700' }, false],
])('a cookie is for https alone, or not, when %s', async (_case, deps, headers, secure) => {
  expect(await isSecure(deps, headers)).toBe(secure)
})
