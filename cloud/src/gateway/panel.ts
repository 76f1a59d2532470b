import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type Context, Hono } from 'hono'

const builtPanelDir = fileURLToPath(new URL('../../admin/dist', import.meta.url))

/** Where `npm run panel` has put the panel; undefined when it was not built. */
export const builtPanel = (): string | undefined =>
  existsSync(join(builtPanelDir, 'index.html')) ? builtPanelDir : undefined

/** Every address that is a page of the panel; each is answered with the same file, which looks at the address itself. */
export const panelPaths = [
  '/',
  '/setup/:token',
  '/invite/:token',
  '/claim/:code',
  '/speakers/:device_id',
  '/conversations',
  '/conversations/:session_id',
  '/talk',
  '/announce',
  '/alarms',
  '/people',
  '/ai',
  '/problems',
  '/audit',
  '/system',
  '/system/firmware',
  '/account',
] as const

/** No inline script or style, nothing from elsewhere; sound that was just recorded or fetched is a blob. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "media-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(self)',
}

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
}

type Served = {
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
  readonly contentType: string
  readonly etag: string
}

const served = (path: string): Served => {
  const plain = new Uint8Array(readFileSync(path))
  return {
    plain,
    gzip: new Uint8Array(gzipSync(plain)),
    contentType: contentTypes[extname(path)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
  }
}

/** Reads the files once: there are some thirty small ones, and a name is only ever looked up, never made into a path. */
const readAssets = (folder: string): ReadonlyMap<string, Served> =>
  new Map(existsSync(folder) ? readdirSync(folder).map((name) => [name, served(join(folder, name))] as const) : [])

const send = (c: Context, file: Served, cacheControl: string, status: 200 | 404 = 200): Response => {
  const headers = {
    ...securityHeaders,
    'cache-control': cacheControl,
    'content-type': file.contentType,
    etag: file.etag,
    vary: 'accept-encoding',
  }
  if (status === 200 && c.req.header('if-none-match') === file.etag) return c.body(null, 304, headers)
  return /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    ? c.body(file.gzip, status, { ...headers, 'content-encoding': 'gzip' })
    : c.body(file.plain, status, headers)
}

/** Addresses of programs: whoever asks for one that does not exist gets problem details, also when it is a browser. */
const ofPrograms = /^\/(api|assets|audio|device|health|metrics|talk\/ws|ws)(\/|$)/

/** A browser that opens a page says so; a script that takes anything does not get one. */
const asksForPage = (c: Context): boolean =>
  /\btext\/html\b/.test(c.req.header('accept') ?? '') && !ofPrograms.test(c.req.path)

const notBuilt = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mynah</title></head><body>
<h1>Mynah</h1><p>The panel is not built. On this machine: <code>npm run panel</code>, then start the cloud again.</p>
<p lang="zh">管理面板尚未构建。请在本机运行 <code>npm run panel</code>，然后重启云端。</p></body></html>
`

/**
 * The web panel from a folder that Vite built: `/assets/*` by name, for ever, and its page for every address of `panelPaths`,
 * asked for anew each time. A browser that opens any other page gets it too, with status 404: the panel then says that nothing is there.
 * The folder is read once. Where it is missing the pages say how to build it (503).
 */
export const createPanelRoutes = ({ distDir }: { readonly distDir: string }): Hono => {
  const app = new Hono()
  const assets = readAssets(join(distDir, 'assets'))
  const indexPath = join(distDir, 'index.html')
  const index = existsSync(indexPath) ? served(indexPath) : undefined

  app.get('/assets/:name', (c) => {
    const file = assets.get(c.req.param('name'))
    // The hash in its name changes with its content: an old name is an old page, which loads again.
    if (!file) return c.text('Not found', 404, { ...securityHeaders, 'cache-control': 'no-store' })
    return send(c, file, 'public, max-age=31536000, immutable')
  })
  for (const path of panelPaths) {
    app.get(path, (c) =>
      index
        ? send(c, index, 'no-cache')
        : c.html(notBuilt, 503, { ...securityHeaders, 'cache-control': 'no-store', 'retry-after': '30' }),
    )
  }
  app.get('*', async (c, next) => (index && asksForPage(c) ? send(c, index, 'no-cache', 404) : next()))
  return app
}
