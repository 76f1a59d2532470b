import type { NetworkDeps } from '@mynah/device/link/connect.ts'
import { hostOfUrl } from '@mynah/shared/wire/url-host.ts'
import type { LinkConditions } from './link-conditions.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** A speaker's network with a hand on the cable. */
export type SpeakerNetwork = {
  /** Nothing passes any more: no datagram, no control, no HTTP. */
  readonly cut: () => void
  readonly restore: () => void
  /** Every control connection breaks, as when the broker restarts; new ones are taken at once. */
  readonly dropBroker: () => void
}

export type Cable = SpeakerNetwork & {
  /** HTTP, also of a speaker without an owner. */
  readonly fetch: NetworkDeps['fetch']
  /** What one owner's cloud is reached by, until `close`. */
  readonly networkFor: (to: {
    readonly mqttUrl: string
  }) => Promise<{ readonly network: NetworkDeps; readonly close: () => Promise<void> }>
}

const defaultMqttPorts: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 }

const portOf = (url: URL): number => (url.port ? Number(url.port) : (defaultMqttPorts[url.protocol] ?? 1883))

class CableCutError extends Error {
  constructor() {
    super('the network cable is pulled')
    this.name = 'CableCutError'
  }
}

/**
 * Puts link conditions under the real connectors. Control goes through a TCP proxy of its own, because an established MQTT
 * connection can be broken only from outside.
 */
export const createCable = ({ real, link }: { readonly real: NetworkDeps; readonly link: LinkConditions }): Cable => {
  let proxy: TcpProxy | undefined
  const refuseWhenCut = () => (link.isCut() ? Promise.reject(new CableCutError()) : Promise.resolve())
  const fetch: NetworkDeps['fetch'] = async (input, init) => {
    await refuseWhenCut()
    return real.fetch(input, init)
  }
  const networkFor: Cable['networkFor'] = async ({ mqttUrl }) => {
    const target = new URL(mqttUrl)
    const opened = await startTcpProxy({ host: hostOfUrl(target), port: portOf(target) })
    if (link.isCut()) opened.cut()
    proxy = opened
    const throughProxy = new URL(mqttUrl)
    throughProxy.hostname = '127.0.0.1'
    throughProxy.port = String(opened.port)
    // The certificate of a TLS broker names the broker and not the proxy, so such a connection is left alone.
    const isPlain = target.protocol === 'mqtt:' || target.protocol === 'ws:'
    const network: NetworkDeps = {
      connectMqtt: async (request) => {
        await refuseWhenCut()
        return real.connectMqtt(isPlain ? { ...request, url: throughProxy.href } : request)
      },
      // A cut network takes a datagram and loses it; nothing refuses to send.
      connectUdp: async (address) => link.wrap(await real.connectUdp(address)),
      connectTunnel: async (request) => {
        await refuseWhenCut()
        return link.wrap(await real.connectTunnel(request))
      },
      fetch,
    }
    return { network, close: opened.close }
  }
  return {
    fetch,
    networkFor,
    cut: () => {
      link.cut()
      proxy?.cut()
    },
    restore: () => {
      link.restore()
      proxy?.restore()
    },
    dropBroker: () => proxy?.dropConnections(),
  }
}
