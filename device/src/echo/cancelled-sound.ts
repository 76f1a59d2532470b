import type { Loudspeaker, Microphone } from '../audio/ports.ts'
import { createEchoCanceller, type EchoStanding } from './echo-canceller.ts'

export type SoundPair = { readonly microphone: Microphone; readonly loudspeaker: Loudspeaker }

/** The same two, the microphone without the echo of the loudspeaker. They should run by one clock: those of one sound card do. */
export const cancelEcho = ({
  microphone,
  loudspeaker,
}: SoundPair): SoundPair & { readonly standing: () => EchoStanding } => {
  const canceller = createEchoCanceller()
  return {
    standing: canceller.standing,
    microphone: {
      ...microphone,
      frames: async function* (signal) {
        canceller.reopened()
        for await (const frame of microphone.frames(signal)) yield canceller.hear(frame)
      },
    },
    loudspeaker: {
      ...loudspeaker,
      play: (render, signal) => {
        canceller.reopened()
        return loudspeaker.play(() => {
          const frame = render()
          canceller.played(frame)
          return frame
        }, signal)
      },
    },
  }
}
