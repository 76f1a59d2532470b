/**
 * Gain for a volume of 0 to 100. The cube of the setting follows loudness as it is perceived (as PulseAudio does): 50 sounds
 * half as loud as 100, and 0 is silence.
 */
export const volumeGain = (volume: number): number => (Math.min(100, Math.max(0, volume)) / 100) ** 3
