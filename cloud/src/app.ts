import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { enrolRequestSchema } from '@mynah/shared/wire/enrolment.ts'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import * as v from 'valibot'
import { type DeviceCredentials, parseDeviceAuthorization } from './auth/device-credentials.ts'
import { createRateLimit } from './auth/rate-limit.ts'
import type { createEnrolment } from './gateway/enrolment.ts'
import type { OneTimeAudioStore } from './gateway/one-time-audio.ts'
import { type PartStatus, type StatusView, setupPage, statusPage } from './gateway/pages.ts'
import { isPublicPhrase, type PhraseSounds } from './gateway/phrases.ts'
import { problem, speakerUnknown } from './gateway/problem.ts'
import { remoteAddressOf, type TrustProxy } from './gateway/remote-address.ts'
import type { RequestCount } from './gateway/request-count.ts'
import { wavChunks } from './gateway/wav-stream.ts'
import type { Metrics } from './metrics/registry.ts'
import { StageError } from './providers/stages.ts'
import type { SetupStore } from './store/setup-store.ts'

export type AppDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Pick<Metrics, 'render'>
  readonly countRequest: RequestCount
  /** Resolves when what was written is on disk. At once where every write waits by itself. */
  readonly durable?: () => Promise<void>
  readonly trustProxy: TrustProxy
  readonly credentials: DeviceCredentials
  readonly enrol: ReturnType<typeof createEnrolment>
  readonly oneTimeAudio: Pick<OneTimeAudioStore, 'redeem'>
  readonly phrases: PhraseSounds
  readonly setup: Pick<SetupStore, 'stateOf'>
  /** Each part of the cloud and whether it can do its work. */
  readonly parts: () => Promise<readonly PartStatus[]>
  readonly status: () => Promise<Omit<StatusView, 'parts'>>
  /** The API of people and scripts; it has limits of its own for bodies. */
  readonly api?: Hono
  /** Releases for speakers; absent where no API runs. */
  readonly firmwareDownload?: Hono
  /** The web panel, where it was built; it takes the place of the plain pages. */
  readonly panel?: Hono
}

const maxBodyBytes = 16 * 1_024

const countRequests = ({ clock, countRequest }: AppDeps) => {
  return async (c: Context, next: () => Promise<void>) => {
    const startedMs = clock.now()
    await next()
    countRequest(c.req.routePath, c.res.status, startedMs)
  }
}

/** What changes something is answered when the change is on disk. */
const answerWhenOnDisk = (durable: () => Promise<void>) => async (c: Context, next: () => Promise<void>) => {
  await next()
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') await durable()
}

const addHealth = (app: Hono, { metrics, parts }: AppDeps) => {
  app.get('/health/live', (c) => c.json({ status: 'live' }))
  app.get('/health/ready', async (c) => {
    const all = await parts()
    const isReady = all.every(({ ready }) => ready)
    return c.json({ status: isReady ? 'ready' : 'not_ready', parts: all }, isReady ? 200 : 503)
  })
  app.get('/metrics', async (c) =>
    c.body(await metrics.render(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  )
}

const parseJson = async (c: Context): Promise<unknown> => {
  try {
    return await c.req.json()
  } catch {
    return undefined
  }
}

const addEnrolment = (app: Hono, { clock, trustProxy, enrol }: AppDeps) => {
  const attempts = createRateLimit({ clock, burst: 20, perSecond: 0.2, maxKeys: 10_000 })
  app.post('/api/enrol', async (c) => {
    if (!attempts.take(remoteAddressOf(c, trustProxy))) {
      return problem(c, {
        status: 429,
        code: 'rate_limited',
        detail: 'Too many enrolments from this address. Try again in a few seconds.',
        headers: { 'retry-after': '5' },
      })
    }
    const request = v.safeParse(enrolRequestSchema, await parseJson(c))
    if (!request.success) {
      const field = v.getDotPath(request.issues[0]) ?? 'body'
      return problem(c, {
        status: 400,
        code: 'bad_request',
        detail: `${field}: ${request.issues[0].expected ?? 'JSON'} expected`,
      })
    }
    const answer = enrol(request.output)
    return answer.ok ? c.json(answer.value, 200, { 'cache-control': 'no-store' }) : problem(c, answer.error)
  })
}

/** The first chunk is made before the answer begins, so that a voice that fails is an error and not an empty file. */
const streamOf = (first: IteratorResult<Uint8Array>, chunks: AsyncGenerator<Uint8Array>, stop: () => void) =>
  new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (!first.done) controller.enqueue(first.value)
    },
    pull: async (controller) => {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: stop,
  })

/** A phrase is told to a speaker that shows its password; what a speaker without an owner says, to each address a little. */
const mayHearPhrase = ({ clock, credentials, trustProxy }: AppDeps) => {
  const strangers = createRateLimit({ clock, burst: 60, perSecond: 0.5, maxKeys: 10_000 })
  return (c: Context, name: string | undefined): 'yes' | 'no' | 'too_often' => {
    const claim = parseDeviceAuthorization(c.req.header('authorization'))
    if (claim && credentials.check(claim.deviceId, claim.password)) return 'yes'
    if (claim || name === undefined || !isPublicPhrase(name)) return 'no'
    return strangers.take(remoteAddressOf(c, trustProxy)) ? 'yes' : 'too_often'
  }
}

const addSound = (app: Hono, deps: AppDeps) => {
  const { oneTimeAudio, phrases, log } = deps
  const mayHear = mayHearPhrase(deps)
  app.get('/audio/:token', async (c) => {
    // Answered as a GET it would take the sound and throw it away.
    if (c.req.method === 'HEAD')
      return problem(c, { status: 405, code: 'method_not_allowed', detail: 'Sound is fetched by GET, once.' })
    const redeemed = oneTimeAudio.redeem(c.req.param('token'))
    if (redeemed.type === 'unknown') {
      return problem(c, { status: 404, code: 'unknown_audio', detail: 'There is no such sound.' })
    }
    if (redeemed.type === 'gone') {
      return problem(c, {
        status: 410,
        code: `audio_${redeemed.why}`,
        detail: `This sound has been ${redeemed.why === 'used' ? 'fetched before' : 'kept too long'}.`,
      })
    }
    const stop = new AbortController()
    c.req.raw.signal.addEventListener('abort', () => stop.abort(), { once: true })
    const chunks = wavChunks(redeemed.synthesize(stop.signal))
    const first = await chunks.next()
    return c.body(
      streamOf(first, chunks, () => stop.abort()),
      200,
      { 'content-type': 'audio/wav', 'cache-control': 'no-store' },
    )
  })
  app.get('/device/phrases/:language/:file', async (c) => {
    const name = /^([a-z0-9_]{1,40})\.wav$/.exec(c.req.param('file'))?.[1]
    const allowed = mayHear(c, name)
    if (allowed === 'too_often') {
      return problem(c, {
        status: 429,
        code: 'rate_limited',
        detail: 'Too many phrases for one address. Try again in a few seconds.',
        headers: { 'retry-after': '2' },
      })
    }
    if (allowed === 'no') return speakerUnknown(c)
    const wav = name === undefined ? undefined : await phrases.wav(c.req.param('language'), name)
    if (!wav)
      return problem(c, { status: 404, code: 'unknown_phrase', detail: 'There is no such phrase in this language.' })
    log.debug('phrase fetched', { phrase: name })
    return c.body(Uint8Array.from(wav), 200, { 'content-type': 'audio/wav' })
  })
}

const addPages = (app: Hono, { parts, status, setup }: AppDeps) => {
  app.get('/', async (c) => c.html(statusPage({ ...(await status()), parts: await parts() })))
  app.get('/setup/:token', (c) => {
    const state = setup.stateOf(c.req.param('token'))
    return c.html(setupPage(state), state === 'unknown' ? 404 : state === 'expired' ? 410 : 200, {
      'cache-control': 'no-store',
    })
  })
}

/** The HTTP side of the cloud, without a server: `app.fetch` answers requests. */
export const createApp = (deps: AppDeps): Hono => {
  const app = new Hono()
  app.use(countRequests(deps))
  if (deps.durable) app.use(answerWhenOnDisk(deps.durable))
  // Ahead of the headers and limits below: they have their own.
  if (deps.api) app.route('/', deps.api)
  if (deps.panel) app.route('/', deps.panel)
  if (deps.firmwareDownload) app.route('/', deps.firmwareDownload)
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'unsafe-inline'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      // Only a proxy with TLS in front may promise it for the host.
      strictTransportSecurity: false,
    }),
  )
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: (c) =>
        problem(c, { status: 413, code: 'too_large', detail: `A request body has at most ${maxBodyBytes} bytes.` }),
    }),
  )
  addHealth(app, deps)
  addEnrolment(app, deps)
  addSound(app, deps)
  addPages(app, deps)
  app.notFound((c) => problem(c, { status: 404, code: 'not_found', detail: 'There is nothing at this address.' }))
  app.onError((error, c) => {
    if (error instanceof StageError) {
      deps.log.warn('a stage failed for an HTTP request', {
        route: c.req.routePath,
        stage: error.stage,
        code: error.code,
      })
      return problem(c, {
        status: 503,
        code: `${error.stage}_${error.code}`,
        detail: 'The speech service cannot do this right now.',
      })
    }
    deps.log.error('an HTTP request failed', { route: c.req.routePath, error })
    return problem(c, {
      status: 500,
      code: 'internal',
      detail: 'Something went wrong here. The log of the cloud has the details.',
    })
  })
  return app
}
