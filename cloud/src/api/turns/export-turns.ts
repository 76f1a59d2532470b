import type { Clock } from '@mynah/shared/time/clock.ts'
import type { TurnArchive, TurnFilter, TurnPosition } from '../../store/turn-archive.ts'
import type { OwnerOf } from './browser-owner.ts'
import { turnViewOf } from './turn-view.ts'

const sliceSize = 100

/** `{"exported_at", "turns": [...]}`, newest first, written as it is read: as long as it may be, little of it is in memory. */
export const exportTurns = (
  deps: { readonly archive: Pick<TurnArchive, 'page'>; readonly clock: Clock; readonly ownerOf: OwnerOf },
  filter: TurnFilter,
  exportedAt: string,
  signal: AbortSignal,
): ReadableStream<Uint8Array> => {
  const { archive, clock, ownerOf } = deps
  const encoder = new TextEncoder()
  let after: TurnPosition | undefined
  let isFirst = true
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(`{"exported_at":"${exportedAt}","turns":[`)),
    pull: async (controller) => {
      const slice = archive.page(filter, after, sliceSize)
      const last = slice.at(-1)
      if (last) after = { startedAt: last.startedAt, sessionId: last.sessionId }
      const text = slice.map((turn) => JSON.stringify(turnViewOf(turn, ownerOf))).join(',\n')
      if (text !== '') controller.enqueue(encoder.encode(isFirst ? text : `,\n${text}`))
      isFirst = isFirst && text === ''
      if (slice.length < sliceSize || signal.aborted) {
        controller.enqueue(encoder.encode(']}\n'))
        return controller.close()
      }
      await clock.sleep(0, signal)
    },
  })
}
