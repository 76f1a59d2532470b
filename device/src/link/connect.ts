import type { DatagramTransport } from '@mynah/shared/streams/datagram-transport.ts'

/**
 * The network as the runtime sees it: three factories, each one attempt. Real ones are in mqtt-connection.ts, udp.ts and tunnel.ts;
 * tests and the simulator pass links in memory. Retrying is the caller's work.
 */
export type ConnectMqtt = (request: MqttConnectRequest) => Promise<MqttConnection>

export type MqttConnectRequest = {
  /** `mqtt://host:port`, `mqtts://` or `ws://`. */
  readonly url: string
  readonly clientId: string
  readonly username: string
  readonly password: string
  /** Published retained by the broker when this client vanishes without a goodbye. */
  readonly will: { readonly topic: string; readonly payload: Uint8Array }
}

/** The broker is there and does not take this speaker's name and password. `ConnectMqtt` rejects with it. */
export class MqttRefusedError extends Error {
  constructor(cause: unknown) {
    super('the broker does not take the password of this speaker', { cause })
    this.name = 'MqttRefusedError'
  }
}

export type MqttConnection = {
  /** QoS 1: resolves when the broker has acknowledged, rejects when the connection ends first. */
  readonly publish: (topic: string, payload: Uint8Array, options: { readonly retain: boolean }) => Promise<void>
  readonly subscribe: (topics: readonly string[]) => Promise<void>
  readonly onMessage: (listener: (topic: string, payload: Uint8Array) => void) => void
  /** Called once when the connection is gone, for whatever reason. */
  readonly onClose: (listener: () => void) => void
  /** Says goodbye, so that the last will stays unsent. */
  readonly close: () => Promise<void>
}

/** Resolves as soon as datagrams can be handed over; UDP itself never says whether they arrive. */
export type ConnectUdp = (address: { readonly host: string; readonly port: number }) => Promise<DatagramTransport>

/** The same sealed datagrams as binary messages of a WebSocket. Rejects when the cloud cannot be reached or refuses. */
export type ConnectTunnel = (request: TunnelRequest) => Promise<DatagramTransport>

export type TunnelRequest = {
  /** `ws://host:port/audio/ws`. */
  readonly url: string
  /** `device_id:mqtt_password`, sent as `Authorization: Bearer`. */
  readonly bearer: string
}

export type NetworkDeps = {
  readonly connectMqtt: ConnectMqtt
  readonly connectUdp: ConnectUdp
  readonly connectTunnel: ConnectTunnel
  /** HTTP for enrolment, phrases and audio by URL. */
  readonly fetch: typeof fetch
}
