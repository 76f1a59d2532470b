import type { Datagram } from '@mynah/shared/wire/datagram.ts'
import { type SequenceSpace, spaceOf } from '@mynah/shared/wire/datagram-header.ts'

/** The way back to a speaker: an address, or one of its tunnels. */
export type PeerPath =
  | { readonly type: 'udp'; readonly host: string; readonly port: number }
  | { readonly type: 'tunnel'; readonly deviceId: string; readonly tunnelId: number }

export const samePath = (a: PeerPath, b: PeerPath): boolean => {
  if (a.type === 'udp') return b.type === 'udp' && a.port === b.port && a.host === b.host
  return b.type === 'tunnel' && a.tunnelId === b.tunnelId
}

export type Peer = {
  readonly path: () => PeerPath | undefined
  /** Takes the path of an authenticated datagram. Call it with no other. */
  readonly learn: (datagram: Pick<Datagram, 'type' | 'sequence'>, path: PeerPath) => void
  /** The tunnel is gone: without a newer datagram by another way there is no way back. */
  readonly forget: (tunnelId: number) => void
}

/**
 * The peer of a stream moves (Wi-Fi roaming, NAT rebinding) only with a datagram newer than all before it: an old one that somebody
 * delays or repeats from elsewhere redirects nothing.
 */
export const createPeer = (): Peer => {
  const newest: Record<SequenceSpace, number> = { media: -1, control: -1 }
  let current: PeerPath | undefined
  return {
    path: () => current,
    learn: (datagram, path) => {
      const space = spaceOf(datagram.type)
      if (datagram.sequence <= newest[space]) return
      newest[space] = datagram.sequence
      if (!current || !samePath(current, path)) current = path
    },
    forget: (tunnelId) => {
      if (current?.type === 'tunnel' && current.tunnelId === tunnelId) current = undefined
    },
  }
}
