import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { eventually } from '../../../test/eventually.ts'
import { requirement } from '../../../test/requirement.ts'
import { MqttRefusedError } from '../../src/link/connect.ts'
import { createMqttConnector } from '../../src/link/mqtt-connection.ts'
import { connectTunnel } from '../../src/link/tunnel.ts'
import { createUdpConnector } from '../../src/link/udp.ts'
import { startLocalBroker } from '../local-broker.ts'

const connectUdp = createUdpConnector()

const cleanUps: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const ipv6 = requirement(
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1')),
  'IPv6 on this machine',
)

describe('UDP', () => {
  it('hands over a burst of 500 datagrams without losing or reordering one', async () => {
    const peer = createSocket('udp4')
    peer.bind(0, '127.0.0.1')
    await once(peer, 'listening')
    cleanUps.push(() => peer.close())
    const transport = await connectUdp({ host: '127.0.0.1', port: peer.address().port })
    cleanUps.push(transport.close)
    const got: number[] = []
    transport.onDatagram((bytes) => got.push(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)))
    peer.on('message', (_, { port, address }) => {
      for (let i = 0; i < 500; i++) {
        const bytes = Buffer.alloc(120)
        bytes.writeUInt32BE(i)
        peer.send(bytes, port, address)
      }
    })
    transport.send(new Uint8Array([1]))
    await eventually(() => got.length === 500, '500 datagrams arrive')
    expect(got).toEqual(Array.from({ length: 500 }, (_, i) => i))
  })

  describe.skipIf(!ipv6.isMet).each([
    { listens: 'IPv4', type: 'udp4', bindHost: '127.0.0.1' },
    { listens: 'IPv6', type: 'udp6', bindHost: '::1' },
  ] as const)(
    ipv6.naming('to a name with an address of each family, of which $listens answers'),
    ({ type, bindHost }) => {
      it.each([
        [4, 6],
        [6, 4],
      ])('finds it, and stays with it (IPv%i first)', async (...families) => {
        const peer = createSocket(type)
        peer.bind(0, bindHost)
        await once(peer, 'listening')
        cleanUps.push(() => peer.close())
        const sent: Buffer[] = []
        peer.on('message', (bytes, { port, address }) => {
          sent.push(bytes)
          peer.send(bytes, port, address)
        })
        const connectByName = createUdpConnector(async () =>
          families.map((family) => ({ family, address: family === 6 ? '::1' : '127.0.0.1' })),
        )
        const transport = await connectByName({ host: 'cloud.example', port: peer.address().port })
        cleanUps.push(transport.close)
        const got: number[] = []
        transport.onDatagram((bytes) => got.push(bytes[0] ?? 0))
        transport.send(new Uint8Array([1]))
        await eventually(() => got.length === 1, 'one datagram arrives')
        transport.send(new Uint8Array([2]))
        await eventually(() => got.length === 2, 'a second datagram arrives')
        expect(got).toEqual([1, 2])
        expect(sent.map((bytes) => bytes[0])).toEqual([1, 2])
      })
    },
  )

  it('says that a name stands for no address', async () => {
    await expect(createUdpConnector(async () => [])({ host: 'cloud.example', port: 9 })).rejects.toThrow(
      'cloud.example',
    )
  })

  it('drops what is sent after the close instead of failing', async () => {
    const transport = await connectUdp({ host: '127.0.0.1', port: 9 })
    await transport.close()
    await transport.close()
    expect(() => transport.send(new Uint8Array([1]))).not.toThrow()
  })
})

describe('the tunnel', () => {
  const startServer = async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    cleanUps.push(() => new Promise((resolve) => server.close(resolve)))
    const { port } = server.address() as AddressInfo // a TCP server has no other kind of address
    return { server, url: `ws://127.0.0.1:${port}/audio/ws` }
  }
  it('carries datagrams both ways and says who it is', async () => {
    const { server, url } = await startServer()
    let bearer: string | undefined
    server.on('connection', (socket, request) => {
      bearer = request.headers.authorization
      socket.on('message', (bytes) => socket.send(bytes))
    })
    const tunnel = await connectTunnel({ url, bearer: 'kitchen:secret' })
    cleanUps.push(tunnel.close)
    const got: Uint8Array[] = []
    tunnel.onDatagram((bytes) => got.push(bytes.slice()))
    tunnel.send(new Uint8Array([1, 2, 3]))
    await eventually(() => got.length === 1, 'one datagram arrives')
    expect([...(got[0] ?? [])]).toEqual([1, 2, 3])
    expect(bearer).toBe('Bearer kitchen:secret')
  })
  it('rejects with a clear error when nobody is there', async () => {
    await expect(connectTunnel({ url: 'ws://127.0.0.1:9/audio/ws', bearer: 'x' })).rejects.toThrow(
      'the audio tunnel does not open',
    )
  })
})

describe('MQTT', () => {
  const startBroker = async () => {
    const { broker, port, close } = await startLocalBroker()
    cleanUps.push(close)
    return { broker, url: `mqtt://127.0.0.1:${port}` }
  }
  const request = (url: string) => ({
    url,
    clientId: 'kitchen',
    username: 'kitchen',
    password: 'secret',
    will: { topic: 'device/kitchen/status', payload: new TextEncoder().encode('{"v":1,"online":false}') },
  })

  it('connects to a broker that knows only 3.1.1, and exchanges messages', async () => {
    const { url } = await startBroker()
    const connect = createMqttConnector()
    const connection = await connect(request(url))
    cleanUps.push(connection.close)
    const got: string[] = []
    connection.onMessage((topic, payload) => got.push(`${topic} ${new TextDecoder().decode(payload)}`))
    await connection.subscribe(['device/kitchen/config'])
    await connection.publish('device/kitchen/config', new TextEncoder().encode('hello'), { retain: false })
    await eventually(() => got.length === 1, 'one datagram arrives')
    expect(got).toEqual(['device/kitchen/config hello'])
  })
  it('tells when the broker goes away', async () => {
    const { broker, url } = await startBroker()
    const connection = await createMqttConnector()(request(url))
    let closed = false
    connection.onClose(() => {
      closed = true
    })
    await new Promise<void>((resolve) => broker.close(resolve))
    await eventually(() => closed, 'the tunnel closes')
    await expect(
      connection.publish('device/kitchen/event', new Uint8Array([1]), { retain: false }),
    ).rejects.toBeInstanceOf(Error)
  })
  it('rejects when nobody listens, and when the password is wrong', async () => {
    const connect = createMqttConnector()
    await expect(connect(request('mqtt://127.0.0.1:9'))).rejects.not.toBeInstanceOf(MqttRefusedError)
    const { broker, url } = await startBroker()
    broker.authenticate = (_client, _username, _password, done) => done(null, false)
    await expect(connect(request(url))).rejects.toBeInstanceOf(MqttRefusedError)
  })
})
