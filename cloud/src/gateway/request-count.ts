import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Metrics } from '../metrics/registry.ts'

/** Notes one answered request: `route` as it is written in the code, never what a caller sent. */
export type RequestCount = (route: string, status: number, startedMs: number) => void

export const createRequestCount = (metrics: Metrics, clock: Pick<Clock, 'now'>): RequestCount => {
  const requests = metrics.counter('mynah_http_requests_total', 'HTTP requests by route and status')
  const observeSeconds = metrics
    .histogram('mynah_http_request_duration_seconds', 'Time until the answer begins', [0.005, 0.02, 0.1, 0.5, 2])
    .observer()
  const adders = new Map<string, Map<number, () => void>>()
  const adderOf = (route: string, status: number): (() => void) => {
    const ofRoute = adders.get(route) ?? new Map<number, () => void>()
    const adder = requests.adder({ route: status === 404 ? 'unknown' : route, status: String(status) })
    adders.set(route, ofRoute.set(status, adder))
    return adder
  }
  return (route, status, startedMs) => {
    const add = adders.get(route)?.get(status) ?? adderOf(route, status)
    add()
    observeSeconds((clock.now() - startedMs) / 1_000)
  }
}
