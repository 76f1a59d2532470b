import { hostname } from 'node:os'
import type { Log } from '@mynah/shared/log/log.ts'
import { cloudServiceType } from '@mynah/shared/wire/moved-cloud.ts'
import { Bonjour } from 'bonjour-service'

/**
 * Tells the local network where this cloud is (DNS-SD, `_mynah._tcp.local`), for speakers that know an address of it that is not its
 * own any more. Nobody has to believe it: a speaker asks for proof. A network that cannot be told is a warning, no end.
 */
export const tellNetwork = (port: number, log: Log): (() => Promise<void>) => {
  const fail = (error: unknown) => log.warn('the local network is not told where this cloud is', { error })
  try {
    const bonjour = new Bonjour({}, fail)
    // Several clouds on one machine have several ports.
    bonjour.publish({ name: `Mynah on ${hostname()}, ${port}`, type: cloudServiceType, port, probe: false })
    return () =>
      new Promise((resolve) => {
        bonjour.unpublishAll(() => bonjour.destroy(() => resolve()))
      })
  } catch (error) {
    fail(error)
    return async () => {}
  }
}
