import type { Log } from '@mynah/shared/log/log.ts'
import type { DatagramTransport } from '@mynah/shared/streams/datagram-transport.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import type { ConnectTunnel, ConnectUdp, TunnelRequest } from './connect.ts'

export type UdpAddress = { readonly host: string; readonly port: number }

export type PathDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly connectUdp: ConnectUdp
  readonly connectTunnel: ConnectTunnel
  readonly tunnel: TunnelRequest
  /** Sealed datagrams from either way; the bytes are the listener's during the call only. */
  readonly onDatagram: (bytes: Uint8Array) => void
}

/** The turn as the path needs it: something to ask with, and everything to say again. */
export type PathTurn = {
  /** A fresh sealed probe each time. */
  readonly sealProbe: () => Uint8Array
  /** Sends all datagrams of the turn once more. */
  readonly sendAgain: () => void
}

/**
 * How sealed datagrams reach the cloud: by UDP, or by a WebSocket where the network lets no UDP pass. The failure of UDP is
 * remembered for ten minutes, and every turn asks UDP again in the background.
 */
export type AudioPath = {
  /** The bridge's address, from enrolment, `bridge` or `wake/ack`. Another one than before sends the turn again. */
  readonly setAddress: (address: UdpAddress) => Promise<void>
  /**
   * The cloud is back: the name is looked up again, and sound leaves from the address that this machine has by now. After the turn
   * that runs. Never rejects.
   */
  readonly renew: () => Promise<void>
  readonly send: (bytes: Uint8Array) => void
  /** Probes leave with it; without an answer in 300 ms the turn moves to the tunnel. */
  readonly beginTurn: (turn: PathTurn) => void
  /** An authenticated answer came: the way that carries now is good. */
  readonly answered: () => void
  readonly endTurn: () => void
  readonly via: () => 'udp' | 'tunnel'
  /** What was last seen of UDP itself. */
  readonly udp: () => { readonly type: 'passes' | 'blocked' | 'not_tried' }
  readonly close: () => Promise<void>
}

const answerMs = 300
const probeAgainMs = [100, 200] as const
const udpFailureKeptMs = 600_000
const tunnelIdleMs = 60_000

type CurrentTurn = PathTurn & { answered: boolean; timers: Timer[] }

export const createAudioPath = (deps: PathDeps): AudioPath => {
  const { clock, log } = deps
  let address: UdpAddress | undefined
  let udp: DatagramTransport | undefined
  let tunnel: DatagramTransport | undefined
  let opening: Promise<void> | undefined
  let udpFailedUntilMs = Number.NEGATIVE_INFINITY
  let turn: CurrentTurn | undefined
  let idle: Timer | undefined
  let arrivedBy: 'udp' | 'tunnel' = 'udp'
  let closed = false
  let renewsAfterTurn = false
  let seenOfUdp: 'passes' | 'blocked' | 'not_tried' = 'not_tried'

  const prefersTunnel = () => clock.now() < udpFailedUntilMs
  const carrier = () => (prefersTunnel() && tunnel ? tunnel : udp)
  const listen = (transport: DatagramTransport, by: 'udp' | 'tunnel') =>
    transport.onDatagram((bytes) => {
      arrivedBy = by
      deps.onDatagram(bytes)
    })
  const closeTunnel = async () => {
    const leaving = tunnel
    tunnel = undefined
    await leaving?.close()
  }
  const closeTunnelLater = () => {
    idle?.cancel()
    idle = clock.startTimer(tunnelIdleMs, () => {
      closeTunnel().catch((error: unknown) => log.debug('the audio tunnel did not close', { error }))
    })
  }
  const openTunnel = async () => {
    try {
      const opened = await deps.connectTunnel(deps.tunnel)
      if (closed) return await opened.close()
      tunnel = opened
      listen(opened, 'tunnel')
      // A tunnel without another end swallows every datagram; the next turn opens another.
      opened.onClose?.(() => {
        if (tunnel === opened) tunnel = undefined
      })
    } catch (error) {
      log.warn('neither UDP nor the audio tunnel reaches the cloud', { error })
    } finally {
      opening = undefined
    }
  }
  const moveToTunnel = async (moving: CurrentTurn) => {
    udpFailedUntilMs = clock.now() + udpFailureKeptMs
    if (!tunnel) {
      opening ??= openTunnel()
      await opening
    }
    if (turn !== moving || !tunnel) return
    tunnel.send(moving.sealProbe())
    moving.sendAgain()
  }
  const begin = (begun: CurrentTurn) => {
    idle?.cancel()
    udp?.send(begun.sealProbe())
    if (prefersTunnel()) {
      // The tunnel of the turn before may be gone; a new one then gets everything that was said so far.
      if (tunnel) tunnel.send(begun.sealProbe())
      else moveToTunnel(begun).catch(unexpected)
      return
    }
    for (const delayMs of probeAgainMs) begun.timers.push(clock.startTimer(delayMs, () => udp?.send(begun.sealProbe())))
    begun.timers.push(
      clock.startTimer(answerMs, () => {
        if (begun.answered) return
        seenOfUdp = 'blocked'
        log.info('UDP gets no answer, sound goes through the tunnel', { answerMs })
        moveToTunnel(begun).catch(unexpected)
      }),
    )
  }
  const unexpected = (error: unknown) => log.error('the audio path failed', { error })
  const open = async (to: UdpAddress) => {
    const opened = await deps.connectUdp(to)
    // Another address may have come while the name was looked up.
    if (closed || address !== to) return await opened.close()
    const before = udp
    udp = opened
    listen(opened, 'udp')
    udpFailedUntilMs = Number.NEGATIVE_INFINITY
    if (turn) {
      opened.send(turn.sealProbe())
      turn.sendAgain()
    }
    await before?.close()
  }
  const setAddress: AudioPath['setAddress'] = async (next) => {
    if (closed || (address && address.host === next.host && address.port === next.port)) return
    address = next
    try {
      await open(next)
    } catch (error) {
      if (address === next) address = undefined
      log.warn('no UDP socket to the cloud', { error, host: next.host, port: next.port })
    }
  }
  const renew = async () => {
    if (!address || closed) return
    renewsAfterTurn = turn !== undefined
    if (renewsAfterTurn) return
    try {
      await open(address)
    } catch (error) {
      // The socket that is there may still be good.
      log.warn('the way to the cloud was not looked up again', { error, host: address?.host })
    }
  }
  return {
    setAddress,
    renew,
    send: (bytes) => carrier()?.send(bytes),
    beginTurn: (begun) => {
      turn = { ...begun, answered: false, timers: [] }
      begin(turn)
    },
    answered: () => {
      if (turn) turn.answered = true
      if (arrivedBy === 'udp') seenOfUdp = 'passes'
      // An answer by UDP while the tunnel carries: UDP passes again, from the next datagram on.
      if (arrivedBy === 'udp' && prefersTunnel()) udpFailedUntilMs = Number.NEGATIVE_INFINITY
    },
    endTurn: () => {
      for (const timer of turn?.timers ?? []) timer.cancel()
      turn = undefined
      if (tunnel) closeTunnelLater()
      if (renewsAfterTurn) renew().catch(unexpected)
    },
    udp: () => ({ type: seenOfUdp }),
    via: () => (carrier() === tunnel && tunnel ? 'tunnel' : 'udp'),
    close: async () => {
      closed = true
      idle?.cancel()
      for (const timer of turn?.timers ?? []) timer.cancel()
      await Promise.all([udp?.close(), closeTunnel()])
    },
  }
}
