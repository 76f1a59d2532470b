import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { captureFrameSamples } from '../audio/ports.ts'
import type { VoiceActivityDetector } from './voice-activity.ts'

const startFloorDbfs = -60
const quietestFloorDbfs = -75
const loudestFloorDbfs = -25
// As many dB over the floor as make speech as likely as not, and the steepness around it.
const evenOddsDb = 12
const steepnessDb = 2.5
const smoothing = 0.5
const risingDbPerFrame = 0.06
const fallingShare = 0.25

/**
 * Speech by level over the noise floor: no network and no memory, for hardware that cannot run Silero. Good in a quiet room;
 * with noise as loud as the voice it hears 4 % of the speech where Silero hears 96 %, so Silero is the default.
 */
export const createEnergyVad = (): VoiceActivityDetector => {
  let floorDbfs = startFloorDbfs
  let probability = 0

  const hear = async (frame: Int16Array): Promise<number> => {
    if (frame.length !== captureFrameSamples) {
      throw new RangeError(`a frame has ${captureFrameSamples} samples, not ${frame.length}`)
    }
    const level = Math.max(levelDbfs(frame), quietestFloorDbfs)
    const odds = 1 / (1 + Math.exp((evenOddsDb - (level - floorDbfs)) / steepnessDb))
    probability += smoothing * (odds - probability)
    // The floor creeps up also under speech: noise that stays must become the floor within seconds.
    floorDbfs += level < floorDbfs ? fallingShare * (level - floorDbfs) : risingDbPerFrame
    floorDbfs = Math.min(loudestFloorDbfs, Math.max(quietestFloorDbfs, floorDbfs))
    return probability
  }

  return {
    hear,
    reset: () => {
      floorDbfs = startFloorDbfs
      probability = 0
    },
    close: async () => {},
  }
}
