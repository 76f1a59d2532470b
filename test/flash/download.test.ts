import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshFiles, makeImage, readFiles } from './card-image.ts'
import { answers, flash, newFolder, wifiPassword } from './flash.ts'

const name = '2025-10-01-raspios-trixie-arm64-lite.img.xz'

let folder: ReturnType<typeof newFolder>
const at = (file: string) => join(folder.path, file)
const cached = (file: string) => at(`cache/mynah/${file}`)

/** A download server with ranges; `cutAfter` breaks each whole download off after so many bytes. */
type Site = { bytes: Buffer; sha256: string; cutAfter?: number; requests: string[] }
let site: Site
let server: Server
const urlOf = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}` // it listens on TCP

beforeEach(async () => {
  folder = newFolder()
  // Bytes that do not compress, so that there is something to fetch.
  makeImage(at('system.img'), { files: { ...freshFiles.trixie, 'kernel8.img': randomBytes(100_000).toString('hex') } })
  execFileSync('xz', ['-0', at('system.img')])
  const bytes = readFileSync(at('system.img.xz'))
  site = { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), requests: [] }
  server = createServer((request, response) => {
    const range = /bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1]
    site.requests.push(`${request.method} ${request.url}${range ? ` from ${range}` : ''}`)
    if (request.url === '/latest') return response.writeHead(302, { location: `/images/${name}` }).end()
    if (request.url === `/images/${name}.sha256`) return response.end(`${site.sha256}  ${name}\n`)
    if (request.url !== `/images/${name}`) return response.writeHead(404).end()
    const from = Number(range ?? 0)
    const rest = site.bytes.subarray(from)
    const headers = {
      'content-length': rest.length,
      ...(range && { 'content-range': `bytes ${from}-${site.bytes.length - 1}/${site.bytes.length}` }),
    }
    response.writeHead(range ? 206 : 200, headers)
    if (request.method === 'HEAD') return response.end()
    if (site.cutAfter === undefined || range) return response.end(rest)
    return response.write(rest.subarray(0, site.cutAfter), () => response.destroy())
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  folder.remove()
})

const write = (url = urlOf('/latest'), programs: Readonly<Record<string, string>> = {}) => {
  makeImage(at('card.img'), { files: { 'mine.txt': 'kept' }, fatMebibytes: 12 })
  const args = ['--disk', at('card.img'), '--image-url', url, ...answers()]
  return flash({ args, env: wifiPassword, programs, folder: folder.path })
}
/** curl without its own repetition, which would hide that a download broke off. */
const once = { curl: 'exec /usr/bin/curl $(printf "%s\\n" "$@" | sed "/^--retry$/,+1d")' }
const downloads = () =>
  site.requests.filter((line) => line.startsWith(`GET /images/${name}`) && !line.includes('.sha256'))

describe('the system is fetched', () => {
  test('from where "latest" leads to, checked, kept and written', async () => {
    expect(await write()).toMatchObject({ exitCode: 0 })
    expect(readdirSync(at('cache/mynah')).sort()).toEqual([name, `${name}.sha256`])
    expect(readFiles(at('card.img')).has('user-data')).toBe(true)
  })

  test('once: the second card needs no download, and no network either', async () => {
    await write()
    expect((await write()).stderr).toContain(`Using ${name}, which was fetched before.`)
    expect(downloads()).toHaveLength(1)
    const offline = await write('http://127.0.0.1:9/latest')
    expect(offline).toMatchObject({ exitCode: 0 })
    expect(offline.stderr).toContain('No answer from the download server; using')
  })

  test('further from where it stopped', async () => {
    site.cutAfter = 3_000
    const stopped = await write(urlOf('/latest'), once)
    expect(stopped.stderr).toContain('The download stopped. Start again: it goes on where it stopped.')
    expect(existsSync(cached(`${name}.part`))).toBe(true)
    const resumed = await write()
    expect(resumed).toMatchObject({ exitCode: 0 })
    expect(resumed.stderr).toContain(`Going on with the download of ${name}.`)
    expect(downloads()).toEqual([`GET /images/${name}`, `GET /images/${name} from 3000`])
  })

  test('anew when it is damaged, and nothing is written', async () => {
    const good = site.sha256
    site.sha256 = 'f'.repeat(64)
    const damaged = await write()
    expect(damaged.exitCode).toBe(1)
    expect(damaged.stderr).toMatch(/download is damaged: its checksum is not the published one. It was deleted/)
    expect(readdirSync(at('cache/mynah'))).toEqual([])
    expect([...readFiles(at('card.img')).keys()]).toEqual(['mine.txt'])
    site.sha256 = good
    expect(await write()).toMatchObject({ exitCode: 0 })
  })

  test('anew when the kept file has been changed', async () => {
    await write()
    writeFileSync(cached(name), 'changed')
    expect(await write()).toMatchObject({ exitCode: 0 })
    expect(downloads()).toHaveLength(2)
  })
})

describe('a download that cannot be had says why', () => {
  test('no network', async () => {
    expect((await write('http://127.0.0.1:9/latest')).stderr).toMatch(
      /no answer from .*Check the internet connection, or give a file with --image/,
    )
  })
  test('no checksum', async () => {
    site.sha256 = ''
    expect((await write()).stderr).toMatch(/checksum .* cannot be fetched, so the download could not be checked/)
  })
  test('no room', async () => {
    const df = 'printf "Filesystem 1024-blocks Used Available\\nx 1 1 0 100%% /\\n"'
    mkdirSync(at('cache'), { recursive: true })
    expect((await write(urlOf('/latest'), { df })).stderr).toMatch(/needs .* MB, and .* has 0\.0 MB left. Make room/)
  })
})
