import { isIP } from 'node:net'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { cloudServiceType } from '@mynah/shared/wire/moved-cloud.ts'
import { hostInUrl } from '@mynah/shared/wire/url-host.ts'
import { Bonjour } from 'bonjour-service'

/** `http://address:port` of every cloud that says on the local network that it is there. Resolves after some seconds, never rejects. */
export type FindClouds = (signal: AbortSignal) => Promise<readonly URL[]>

const listenMs = 3_000
/** More are no household; each is asked. */
const mostClouds = 16

const urlOf = (address: string, port: number): URL | undefined => {
  const version = isIP(address)
  // A link-local address of version 6 says nothing without the network it is on.
  if (version === 0 || /^fe[89ab]/i.test(address)) return undefined
  const text = `http://${hostInUrl(address)}:${port}`
  return URL.canParse(text) ? new URL(text) : undefined
}

/** By DNS-SD over multicast DNS (RFC 6762, 6763). */
export const createFindClouds =
  ({ clock, log }: { readonly clock: Pick<Clock, 'startTimer'>; readonly log: Log }): FindClouds =>
  (signal) =>
    new Promise((resolve) => {
      const found = new Map<string, URL>()
      const fail = (error: unknown) => log.debug('the local network cannot be asked for the cloud', { error })
      let stop = () => {}
      const finish = () => {
        timer.cancel()
        signal.removeEventListener('abort', finish)
        stop()
        resolve([...found.values()])
      }
      const timer = clock.startTimer(listenMs, finish)
      if (signal.aborted) return finish()
      signal.addEventListener('abort', finish, { once: true })
      try {
        const bonjour = new Bonjour({}, fail)
        const browser = bonjour.find({ type: cloudServiceType }, ({ referer, addresses = [], port }) => {
          // Who answered is at the address that the answer came from, whatever it says of itself.
          for (const address of [...(referer ? [referer.address] : []), ...addresses]) {
            const url = urlOf(address, port)
            if (url && found.size < mostClouds) found.set(url.origin, url)
          }
        })
        stop = () => {
          browser.stop()
          bonjour.destroy()
        }
      } catch (error) {
        fail(error)
      }
    })
