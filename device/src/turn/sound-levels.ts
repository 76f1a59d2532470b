/** What the room and the voice sound like, in dBFS; pure. */
export type SoundLevels = {
  /** Level of the room without the voice. */
  readonly noiseFloorDbfs: number
  /** Recent peak of the voice; equals the floor until something was said. */
  readonly voiceDbfs: number
}

type LevelFrame = { readonly levelDbfs: number; readonly frameMs: number; readonly speechProbability: number }

const quietestDbfs = -96
const loudestFloorDbfs = -20
const fallingMs = 60
const risingDbPerSecond = 12
const voiceDecayDbPerSecond = 3
const surelyNoSpeech = 0.3
const surelySpeech = 0.6
// Below this distance between voice and room the level says nothing: the network alone decides.
const usefulRangeDb = 15
const gateShare = 0.4
const farBelowVoiceDb = 30

export const unknownLevels: SoundLevels = { noiseFloorDbfs: -60, voiceDbfs: -60 }

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))

/** The floor follows a quieter room at once and a louder one slowly, never while somebody speaks. */
export const stepLevels = (levels: SoundLevels, frame: LevelFrame): SoundLevels => {
  // -Infinity is digital silence; a level that is no number counts as the same.
  const levelDbfs = Number.isNaN(frame.levelDbfs) ? quietestDbfs : clamp(frame.levelDbfs, quietestDbfs, 0)
  const { noiseFloorDbfs } = levels
  const seconds = frame.frameMs / 1_000
  const floor = () => {
    if (levelDbfs < noiseFloorDbfs) {
      return noiseFloorDbfs + (levelDbfs - noiseFloorDbfs) * Math.min(1, frame.frameMs / fallingMs)
    }
    if (frame.speechProbability > surelyNoSpeech) return noiseFloorDbfs
    return Math.min(levelDbfs, noiseFloorDbfs + risingDbPerSecond * seconds)
  }
  const fading = levels.voiceDbfs - voiceDecayDbPerSecond * seconds
  const newFloor = clamp(floor(), quietestDbfs, loudestFloorDbfs)
  const voice = frame.speechProbability >= surelySpeech ? Math.max(levelDbfs, fading) : fading
  return { noiseFloorDbfs: newFloor, voiceDbfs: Math.max(voice, newFloor) }
}

/**
 * Sound below this is not the voice of this turn, whatever a network thinks of it: the reverberation after the last word, or a
 * television far below the person. -Infinity while voice and room are too close to tell.
 */
export const voiceGateDbfs = (levels: SoundLevels): number => {
  const rangeDb = levels.voiceDbfs - levels.noiseFloorDbfs
  if (rangeDb < usefulRangeDb) return Number.NEGATIVE_INFINITY
  return Math.max(levels.noiseFloorDbfs + gateShare * rangeDb, levels.voiceDbfs - farBelowVoiceDb)
}
