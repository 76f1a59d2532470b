/**
 * Pure tones that name a number from 0 to 31 in sound: a load test marks each stream with one and hears, after codec, network and
 * engines, whether it is still the same one. Mono Int16.
 */
export const markerCount = 32

const lowestHz = 400
const stepHz = 90
const amplitude = 9_000
/** The strongest tone must stand out this much from the next, or there is none. */
const dominance = 2

const markerHz = (marker: number): number => lowestHz + stepHz * marker

export const markerTone = (tone: {
  readonly marker: number
  readonly durationMs: number
  readonly sampleRateHz: number
}): Int16Array => {
  const step = (2 * Math.PI * markerHz(tone.marker)) / tone.sampleRateHz
  const length = Math.round((tone.durationMs * tone.sampleRateHz) / 1_000)
  return Int16Array.from({ length }, (_, index) => Math.round(amplitude * Math.sin(step * index)))
}

/** Goertzel's algorithm: the energy of one frequency, in arbitrary units. */
const energyAt = (samples: Int16Array, hz: number, sampleRateHz: number): number => {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / sampleRateHz)
  let before = 0
  let last = 0
  for (const sample of samples) {
    const next = sample + coefficient * last - before
    before = last
    last = next
  }
  return last * last + before * before - coefficient * last * before
}

/** The marker that these samples carry; undefined when none stands out. 40 ms are enough. */
export const markerIn = (samples: Int16Array, sampleRateHz: number): number | undefined => {
  let best = -1
  let bestEnergy = 0
  let nextEnergy = 0
  for (let marker = 0; marker < markerCount; marker++) {
    const energy = energyAt(samples, markerHz(marker), sampleRateHz)
    if (energy > bestEnergy) {
      nextEnergy = bestEnergy
      bestEnergy = energy
      best = marker
    } else nextEnergy = Math.max(nextEnergy, energy)
  }
  return best >= 0 && bestEnergy > nextEnergy * dominance ** 2 ? best : undefined
}

/** A marker that a text always gets: FNV-1a over its UTF-16 units. Other texts may get the same one. */
export const markerOfText = (text: string): number => {
  let hash = 0x81_1c_9d_c5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01_00_01_93)
  return (hash >>> 0) % markerCount
}
