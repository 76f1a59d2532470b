import type { Clock } from '@mynah/shared/time/clock.ts'
import type { SoundStore } from '../../store/sound-store.ts'
import type { ArchivedTurn, TurnArchive, TurnFilter, TurnPosition } from '../../store/turn-archive.ts'
import type { OwnerOf } from './browser-owner.ts'
import { soundWav } from './sound-wav.ts'
import { turnViewOf } from './turn-view.ts'

/** Some 4 ms. */
const sliceSize = 50
/** With sound a turn is a megabyte or more. */
const sliceSizeWithSound = 4

type ExportDeps = {
  readonly archive: Pick<TurnArchive, 'page'>
  readonly clock: Clock
  readonly ownerOf: OwnerOf
  /** What was kept of the sound goes along. */
  readonly sounds?: Pick<SoundStore, 'read'>
}

const base64 = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('base64')

const withSound = (turn: ArchivedTurn, sounds: ExportDeps['sounds']) => {
  if (!sounds || !turn.sound) return {}
  const [heard, spoken] = [soundWav(sounds, turn.sessionId, 'heard'), soundWav(sounds, turn.sessionId, 'spoken')]
  return { heard_wav_base64: base64(heard), spoken_wav_base64: base64(spoken) }
}

/** `{"exported_at", "turns": [...]}`, newest first, written as it is read: as long as it may be, little of it is in memory. */
export const exportTurns = (
  deps: ExportDeps,
  filter: TurnFilter,
  exportedAt: string,
  signal: AbortSignal,
): ReadableStream<Uint8Array> => {
  const { archive, clock, ownerOf, sounds } = deps
  const size = sounds ? sliceSizeWithSound : sliceSize
  const encoder = new TextEncoder()
  let after: TurnPosition | undefined
  let isFirst = true
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(`{"exported_at":"${exportedAt}","turns":[`)),
    pull: async (controller) => {
      const slice = archive.page(filter, after, size)
      const last = slice.at(-1)
      if (last) after = { startedAt: last.startedAt, sessionId: last.sessionId }
      const text = slice
        .map((turn) => JSON.stringify({ ...turnViewOf(turn, ownerOf), ...withSound(turn, sounds) }))
        .join(',\n')
      if (text !== '') controller.enqueue(encoder.encode(isFirst ? text : `,\n${text}`))
      isFirst = isFirst && text === ''
      if (slice.length < size || signal.aborted) {
        controller.enqueue(encoder.encode(']}\n'))
        return controller.close()
      }
      await clock.sleep(0, signal)
    },
  })
}
