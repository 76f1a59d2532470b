import type { PeerPath } from './peer-path.ts'

export type EarlyDatagram = { readonly bytes: Uint8Array; readonly path: PeerPath; readonly atMs: number }

export type EarlyDatagrams = {
  /** Keeps a copy; the oldest gives way when there is no room. */
  readonly keep: (streamId: bigint, datagram: EarlyDatagram) => void
  /** What came for this stream and is not too old, in order of arrival; it is forgotten here. */
  readonly take: (streamId: bigint, nowMs: number) => readonly EarlyDatagram[]
  readonly size: () => number
}

/**
 * Datagrams that came before their stream was opened: the first sound leaves the speaker together with `wake`. Bounded in number,
 * in age and per stream, so that a flood of made-up streams costs a fixed amount of memory.
 */
export const createEarlyDatagrams = (bounds: {
  readonly maxDatagrams: number
  readonly maxPerStream: number
  readonly maxAgeMs: number
}): EarlyDatagrams => {
  const byStream = new Map<bigint, EarlyDatagram[]>()
  const order: bigint[] = []
  let size = 0

  const dropOldest = () => {
    const streamId = order.shift()
    if (streamId === undefined) return
    const kept = byStream.get(streamId)
    // A stream that was taken leaves its places in the order; they are skipped for free.
    if (!kept) return
    kept.shift()
    size--
    if (kept.length === 0) byStream.delete(streamId)
  }
  const keep = (streamId: bigint, datagram: EarlyDatagram) => {
    const kept = byStream.get(streamId) ?? []
    if (kept.length >= bounds.maxPerStream) return
    while (order.length >= bounds.maxDatagrams) dropOldest()
    kept.push({ ...datagram, bytes: datagram.bytes.slice() })
    byStream.set(streamId, kept)
    order.push(streamId)
    size++
  }
  const take = (streamId: bigint, nowMs: number) => {
    const kept = byStream.get(streamId) ?? []
    byStream.delete(streamId)
    size -= kept.length
    return kept.filter((datagram) => nowMs - datagram.atMs <= bounds.maxAgeMs)
  }
  return { keep, take, size: () => size }
}
