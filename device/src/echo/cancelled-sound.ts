import type { Log } from '@mynah/shared/log/log.ts'
import type { Loudspeaker, Microphone } from '../audio/ports.ts'
import { createEchoCanceller, type EchoStanding } from './echo-canceller.ts'

export type SoundPair = { readonly microphone: Microphone; readonly loudspeaker: Loudspeaker }

export type CancelledSound = SoundPair & { readonly readEcho: () => EchoStanding }

/** The same two, the microphone without the echo of the loudspeaker. They must run by one clock: those of one sound card do. */
export const cancelEcho = ({ microphone, loudspeaker }: SoundPair, log: Log): CancelledSound => {
  const canceller = createEchoCanceller()
  let toldDelayMs: number | undefined
  const tell = () => {
    const standing = canceller.standing()
    if (standing.type === 'searching' || standing.delayMs === toldDelayMs) return
    toldDelayMs = standing.delayMs
    log.info('the echo canceller found the echo', { delayMs: standing.delayMs })
  }
  return {
    readEcho: canceller.standing,
    microphone: {
      ...microphone,
      frames: async function* (signal) {
        canceller.reopened()
        for await (const frame of microphone.frames(signal)) {
          yield canceller.hear(frame)
          tell()
        }
      },
    },
    loudspeaker: {
      ...loudspeaker,
      play: (render, signal) => {
        canceller.reopened()
        const overheard = () => {
          const frame = render()
          canceller.played(frame)
          return frame
        }
        return loudspeaker.play(overheard, signal)
      },
    },
  }
}
