import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { captureFrameSamples, captureSampleRateHz } from '../audio/ports.ts'

/**
 * How far what is said stands out of the room around it, in dB: the loudest of the last 1.2 s against the quietest of the last 3 s. A
 * voice 10 dB above a kitchen comes to 15 to 22, one 20 dB above it to 25 to 32, one in a quiet room to more. 0 before anything was heard.
 */
export type Prominence = {
  /** Int16Array(320), 16 kHz. */
  readonly hear: (frame: Int16Array) => void
  readonly db: () => number
  readonly forget: () => void
}

const framesPerSecond = captureSampleRateHz / captureFrameSamples
const framesOfRoom = 3 * framesPerSecond
const framesOfVoice = 1.2 * framesPerSecond
// Neither the one loudest nor the one quietest frame: a click, a gap in the capture.
const loudShare = 0.9
const quietShare = 0.1
const digitalSilenceDbfs = -96

const shareOf = (levels: readonly number[], share: number): number => {
  const sorted = levels.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0
}

export const createProminence = (): Prominence => {
  let levels: number[] = []
  return {
    hear: (frame) => {
      levels.push(Math.max(digitalSilenceDbfs, levelDbfs(frame)))
      if (levels.length > framesOfRoom) levels.shift()
    },
    db: () => shareOf(levels.slice(-framesOfVoice), loudShare) - shareOf(levels, quietShare),
    forget: () => {
      levels = []
    },
  }
}
