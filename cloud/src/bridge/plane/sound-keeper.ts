import { encodeTrack } from '../../sounds/sound-track.ts'

/** What was heard and spoken in one stream, frame by frame as it crossed the network; for homes that want it kept. */
export type SoundKeeper = {
  /** A frame of the microphone as it went into the decoder; undefined: it was lost and concealed. */
  readonly heard: (frame: Uint8Array | undefined) => void
  /** A frame of the reply, as it left. */
  readonly spoken: (frame: Uint8Array) => void
  /** Both tracks as `sound-track.ts` encodes them. */
  readonly tracks: () => { readonly heard: Uint8Array; readonly spoken: Uint8Array }
}

/** Three minutes of reply and all that a microphone may send; what is longer is kept up to here. */
const maxBytes = 1024 * 1024

const noFrame = new Uint8Array(0)

export const createSoundKeeper = ({ spokenRateHz }: { readonly spokenRateHz: 16_000 | 24_000 }): SoundKeeper => {
  const heard: Uint8Array[] = []
  const spoken: Uint8Array[] = []
  let sizeBytes = 0
  const keep = (track: Uint8Array[], frame: Uint8Array) => {
    sizeBytes += frame.length + 2
    // A copy: the frame is a piece of a datagram whose buffer lives on elsewhere.
    if (sizeBytes <= maxBytes) track.push(frame.slice())
  }
  return {
    heard: (frame) => keep(heard, frame ?? noFrame),
    spoken: (frame) => keep(spoken, frame),
    tracks: () => ({
      heard: encodeTrack({ sampleRateHz: 16_000, frames: heard }),
      spoken: encodeTrack({ sampleRateHz: spokenRateHz, frames: spoken }),
    }),
  }
}
