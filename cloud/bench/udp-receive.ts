import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { descriptorOfUdpPort, openUdpBacklog } from '../src/bridge/plane/udp-backlog.ts'
import { createUdpReader } from '../src/bridge/plane/udp-reader.ts'

/**
 * `npx tsx cloud/bench/udp-receive.ts`: CPU time to take one datagram of 200 bytes from the system when some hundred are waiting, by
 * node:dgram alone and with the backlog by recvmmsg, interleaved in one run; and in how many turns of the event loop. Opening is not
 * in it (datagram-ciphers.ts). A child process sends, on loopback.
 */
const burst = 400
const rounds = 41

const sendBursts = () => {
  const socket = createSocket('udp4')
  process.on('message', (port: number) => {
    let left = burst
    for (let count = 0; count < burst; count++)
      socket.send(new Uint8Array(200), port, '127.0.0.1', () => {
        if (--left === 0) process.send?.('sent')
      })
  })
}

const receiver = async (withBacklog: boolean) => {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.setRecvBufferSize(4 * 1024 * 1024)
  const { port } = socket.address()
  const descriptor = withBacklog ? descriptorOfUdpPort(port) : undefined
  let received = 0
  let turns = 0
  let done = () => {}
  const onDatagram = () => {
    if (++received === burst) done()
  }
  socket.on(
    'message',
    createUdpReader({ onDatagram, backlog: descriptor === undefined ? undefined : openUdpBacklog(descriptor) }),
  )
  const take = async (untilThere: () => void) => {
    received = 0
    turns = 0
    untilThere()
    const before = process.cpuUsage()
    await new Promise<void>((resolve) => {
      let over = false
      done = () => {
        over = true
        resolve()
      }
      const count = () => {
        turns++
        if (!over) setImmediate(count)
      }
      setImmediate(count)
    })
    const { user, system } = process.cpuUsage(before)
    return { micros: (user + system) / burst, turns }
  }
  return { port, take, close: () => socket.close() }
}

const measure = async () => {
  const sender = fork(fileURLToPath(import.meta.url), ['send'])
  await once(sender, 'spawn')
  const ways = { 'node:dgram alone': await receiver(false), 'with recvmmsg': await receiver(true) }
  const taken = new Map<string, { micros: number; turns: number }[]>()
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      sender.send(way.port)
      // The thread sleeps while the datagrams come: nothing is read and no CPU is used.
      const one = await way.take(() => void Atomics.wait(pause, 0, 0, round === 0 ? 1_000 : 60))
      taken.set(name, [...(taken.get(name) ?? []), one])
    }
  }
  console.log(
    `CPU microseconds per datagram, ${rounds} rounds of ${burst} that wait: least, median, most; turns of the loop`,
  )
  for (const [name, all] of taken) {
    const sorted = all.toSorted((a, b) => a.micros - b.micros)
    const middle = sorted[Math.floor(rounds / 2)]
    const [least, median, most] = [sorted[0], middle, sorted.at(-1)].map((one) => one?.micros.toFixed(1).padStart(6))
    console.log(`${name.padEnd(20)} ${least}${median}${most}   ${middle?.turns}`)
  }
  for (const way of Object.values(ways)) way.close()
  sender.disconnect()
}

if (process.argv[2] === 'send') sendBursts()
else await measure()
