import { createHash } from 'node:crypto'
import type { Hono } from 'hono'
import { securityHeaders } from '../answer.ts'
import { docsPage, docsStyle } from './docs-page.ts'
import { openApiOf } from './openapi.ts'

/** `/api/openapi.json` and `/api/docs`, made when first asked for. */
export const addApiPages = (app: Hono, version: string): void => {
  let made: { readonly openApi: string; readonly page: string; readonly etag: string } | undefined
  const pages = () => {
    if (made) return made
    const openApi = openApiOf(version)
    const text = JSON.stringify(openApi)
    const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`
    made = { openApi: text, page: docsPage(openApi), etag }
    return made
  }
  const headers = () => ({ ...securityHeaders, 'cache-control': 'no-cache', etag: pages().etag })
  app.get('/api/openapi.json', (c) =>
    c.body(pages().openApi, 200, { 'content-type': 'application/json', ...headers() }),
  )
  app.get('/api/docs', (c) => c.html(pages().page, 200, headers()))
  app.get('/api/docs.css', (c) => c.body(docsStyle, 200, { 'content-type': 'text/css; charset=utf-8', ...headers() }))
}
