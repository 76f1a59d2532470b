import type { CloudPlace } from '@mynah/shared/wire/moved-cloud.ts'
import { hostOfUrl } from '@mynah/shared/wire/url-host.ts'
import type { PublicHost } from '../public-host.ts'

export type OwnPlaceDeps = {
  readonly addresses: () => readonly string[]
  readonly httpPort: () => number
  readonly mqttUrlAt: (host: string) => string
  readonly addressFor: (deviceId: string) => { readonly port: number }
  readonly publicHost: PublicHost
}

/**
 * Where control and sound are for a speaker that reached this cloud at `url`; undefined when `url` is not `http` at one of this
 * machine's addresses and the gateway's port, so when somebody else passed the question on.
 */
export const createOwnPlace =
  ({ addresses, httpPort, mqttUrlAt, addressFor, publicHost }: OwnPlaceDeps) =>
  (url: URL, deviceId: string): CloudPlace | undefined => {
    const reachedAt = hostOfUrl(url)
    const isOwn = url.protocol === 'http:' && Number(url.port || 80) === httpPort()
    if (!isOwn || !addresses().includes(reachedAt)) return undefined
    // A machine with several networks: the guess may be the one that the speaker is not on.
    const host = publicHost.isGuessed ? reachedAt : publicHost.current()
    return { mqttUrl: mqttUrlAt(host), udp: { host, port: addressFor(deviceId).port } }
  }
