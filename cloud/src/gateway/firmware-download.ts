import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { Manifest } from '@mynah/shared/firmware/manifest.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { type Context, Hono } from 'hono'
import { type DeviceCredentials, parseDeviceAuthorization } from '../auth/device-credentials.ts'
import { createRateLimit } from '../auth/rate-limit.ts'
import type { Firmware } from '../firmware/firmware.ts'
import { problem, speakerUnknown } from './problem.ts'

export type FirmwareDownloadDeps = {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly credentials: DeviceCredentials
  readonly firmware: Pick<Firmware, 'offerOf' | 'pathOf'>
}

type ByteRange =
  | { readonly type: 'part'; readonly from: number; readonly to: number }
  | { readonly type: 'whole' | 'wrong' }

/** One range of RFC 9110 section 14.1.2; what is none, or several, is answered with the whole. `to` is included. */
export const rangeOf = (header: string | undefined, sizeBytes: number): ByteRange => {
  const [, from, to] = /^bytes=(\d{0,12})-(\d{0,12})$/.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return { type: 'whole' }
  if (from === '') {
    const last = Number(to)
    return last === 0 ? { type: 'wrong' } : { type: 'part', from: Math.max(0, sizeBytes - last), to: sizeBytes - 1 }
  }
  const start = Number(from)
  const end = to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)
  return start >= sizeBytes || end < start ? { type: 'wrong' } : { type: 'part', from: start, to: end }
}

const send = (c: Context, path: string, { size_bytes: sizeBytes, sha256 }: Manifest): Response => {
  const etag = `"${sha256}"`
  const ifRange = c.req.header('if-range')
  const range = rangeOf(ifRange === undefined || ifRange === etag ? c.req.header('range') : undefined, sizeBytes)
  const headers = { etag, 'accept-ranges': 'bytes', 'cache-control': 'private, no-store' }
  if (range.type === 'wrong') {
    const detail = `This release has ${sizeBytes} bytes.`
    const contentRange = { 'content-range': `bytes */${sizeBytes}` }
    return problem(c, { status: 416, code: 'bad_range', detail, headers: { ...headers, ...contentRange } })
  }
  const [from, to] = range.type === 'part' ? [range.from, range.to] : [0, sizeBytes - 1]
  // The types of Node and of the web disagree about the same streams.
  const body = Readable.toWeb(createReadStream(path, { start: from, end: to })) as unknown as ReadableStream
  return c.body(body, range.type === 'part' ? 206 : 200, {
    ...headers,
    'content-type': 'application/octet-stream',
    'content-length': String(to - from + 1),
    ...(range.type === 'part' && { 'content-range': `bytes ${from}-${to}/${sizeBytes}` }),
  })
}

/** The payload of the release that a speaker is offered, to that speaker; a download that was cut off goes on where it was. */
export const createFirmwareDownload = ({ clock, log, credentials, firmware }: FirmwareDownloadDeps): Hono => {
  const app = new Hono()
  const requests = createRateLimit({ clock, burst: 60, perSecond: 1, maxKeys: 20_000 })
  app.get('/device/firmware/:release_id', (c: Context) => {
    const claim = parseDeviceAuthorization(c.req.header('authorization'))
    if (!claim || !credentials.check(claim.deviceId, claim.password)) return speakerUnknown(c)
    const { deviceId } = claim
    if (!requests.take(deviceId)) {
      const detail = 'Too many requests of this speaker. Try again in a second.'
      return problem(c, { status: 429, code: 'rate_limited', detail, headers: { 'retry-after': '1' } })
    }
    const release = firmware.offerOf(deviceId)
    // Also what is paused, withdrawn or for others: there is nothing to be learned by trying ids.
    if (!release || release.releaseId !== c.req.param('release_id')) {
      return problem(c, { status: 404, code: 'not_offered', detail: 'This release is not offered to this speaker.' })
    }
    log.info('a release is downloaded', { deviceId, release: release.releaseId, range: c.req.header('range') ?? 'all' })
    return send(c, firmware.pathOf(release.releaseId), release.manifest)
  })
  return app
}
