import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPanelRoutes, panelPaths } from '../../src/gateway/panel.ts'

const folder = mkdtempSync(join(tmpdir(), 'mynah-panel-'))
const built = join(folder, 'dist')

beforeAll(() => {
  mkdirSync(join(built, 'assets'), { recursive: true })
  writeFileSync(join(built, 'index.html'), '<!doctype html><title>Mynah</title>')
  writeFileSync(join(built, 'assets', 'index-1a2b.js'), 'export {}')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the routes of the panel', () => {
  test('answer every page of it with the same file, asked for anew each time', async () => {
    const app = createPanelRoutes({ distDir: built })
    for (const path of panelPaths) {
      const answer = await app.request(path.replaceAll(/:\w+/g, 'abc'))
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      expect(await answer.text()).toContain('<title>Mynah</title>')
    }
  })

  test('serve a hashed file for ever, compressed for those who can', async () => {
    const app = createPanelRoutes({ distDir: built })
    const plain = await app.request('/assets/index-1a2b.js')
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(plain.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await plain.text()).toBe('export {}')
    const small = await app.request('/assets/index-1a2b.js', { headers: { 'accept-encoding': 'gzip, br' } })
    expect(small.headers.get('content-encoding')).toBe('gzip')
  })

  test('say "not changed" to a browser that has the page', async () => {
    const app = createPanelRoutes({ distDir: built })
    const etag = (await app.request('/')).headers.get('etag') ?? ''
    expect((await app.request('/', { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  test('allow no inline script, no frame and nothing from elsewhere', async () => {
    const app = createPanelRoutes({ distDir: built })
    const { headers } = await app.request('/')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('give no file from outside of their folder', async () => {
    const app = createPanelRoutes({ distDir: built })
    for (const path of ['/assets/..%2f..%2fsecret.txt', '/assets/%2e%2e/index.html', '/assets/missing.js']) {
      expect((await app.request(path)).status).toBe(404)
    }
  })

  const browsers = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

  test('give a browser at an unknown address the same file, which says that nothing is there', async () => {
    const app = createPanelRoutes({ distDir: built })
    const etag = (await app.request('/')).headers.get('etag') ?? ''
    for (const path of ['/nothing', '/speakers/kitchen/more', '/apiary', '/%F0%9F%90%A6']) {
      const answer = await app.request(path, { headers: { ...browsers, 'if-none-match': etag } })
      expect(answer.status, path).toBe(404)
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'")
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      expect(await answer.text()).toContain('<title>Mynah</title>')
    }
  })

  test('leave what programs ask for to others, and unknown addresses to who wants no page', async () => {
    const app = new Hono().route('/', createPanelRoutes({ distDir: built }))
    app.notFound((c) => c.json({ code: 'not_found' }, 404))
    const programs = [
      '/api/nothing',
      '/api',
      '/audio/token',
      '/device/phrases/en/x.wav',
      '/health',
      '/metrics/x',
      '/ws',
    ]
    for (const path of programs) {
      const answer = await app.request(path, { headers: browsers })
      expect(await answer.json(), path).toEqual({ code: 'not_found' })
    }
    for (const accept of ['*/*', 'application/json', '']) {
      const answer = await app.request('/nothing', { headers: { accept } })
      expect(await answer.json(), accept).toEqual({ code: 'not_found' })
    }
    expect((await app.request('/nothing', { method: 'POST', headers: browsers })).status).toBe(404)
  })

  test('say how to build the panel where it was not built', async () => {
    const answer = await createPanelRoutes({ distDir: join(folder, 'none') }).request('/')
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('npm run panel')
  })
})
