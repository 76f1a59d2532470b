import { networkInterfaces } from 'node:os'
import type { CloudPlace } from '@mynah/shared/wire/moved-cloud.ts'
import { hostInUrl, hostOfUrl } from '@mynah/shared/wire/url-host.ts'

/** Every address of this machine. */
export const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))

export type OwnPlaceDeps = {
  readonly addresses: () => readonly string[]
  readonly httpPort: () => number
  /** As speakers are told at their enrolment. */
  readonly mqttUrl: string
  readonly addressFor: (deviceId: string) => { readonly host: string; readonly port: number }
  /** The host in those two when it was guessed at the start: it may not be this machine's any more. */
  readonly guessedHost: string | undefined
}

/**
 * Where control and sound are for a speaker that reached this cloud at `url`; undefined when `url` is not `http` at one of this
 * machine's addresses and the gateway's port, so when somebody else passed the question on.
 */
export const createOwnPlace = (deps: OwnPlaceDeps) => {
  const { guessedHost } = deps
  return (url: URL, deviceId: string): CloudPlace | undefined => {
    const host = hostOfUrl(url)
    const isOwn = url.protocol === 'http:' && Number(url.port || 80) === deps.httpPort()
    if (!isOwn || !deps.addresses().includes(host)) return undefined
    const mqtt = new URL(deps.mqttUrl)
    if (hostOfUrl(mqtt) === guessedHost) mqtt.host = `${hostInUrl(host)}:${mqtt.port}`
    const udp = deps.addressFor(deviceId)
    return {
      mqttUrl: mqtt.href.replace(/\/$/, ''),
      udp: udp.host === guessedHost ? { host, port: udp.port } : udp,
    }
  }
}
