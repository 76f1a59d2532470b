import { applyGain, gainOfDb, levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { SpokenAudio } from '../providers/stages.ts'

/** What a speaker plays at, and takes a minute of. */
const playedRateHz = 24_000
const maxSeconds = 60
const acceptedRatesHz = { from: 8_000, to: 48_000 } as const

/** As loud as the voices of the cloud are. */
const targetDbfs = -20
const mostGainDb = 24
const peakCeiling = 0.89
const blockMs = 20
/** Pauses do not count for how loud a voice is: blocks this far below the loudest one. */
const pauseBelowDb = 25
/** Below this there was no voice: a microphone that is switched off. */
const silentBelowDbfs = -60

/** How loud the voice itself is, without its pauses. */
const voiceLevelDbfs = (samples: Int16Array): number => {
  const blockSamples = (playedRateHz * blockMs) / 1_000
  const levels: number[] = []
  for (let at = 0; at < samples.length; at += blockSamples)
    levels.push(levelDbfs(samples.subarray(at, at + blockSamples)))
  const loudest = levels.reduce((most, level) => Math.max(most, level), Number.NEGATIVE_INFINITY)
  const spoken = levels.filter((level) => level > loudest - pauseBelowDb)
  const power = spoken.reduce((sum, level) => sum + 10 ** (level / 10), 0) / Math.max(1, spoken.length)
  return 10 * Math.log10(power)
}

const loudEnough = (samples: Int16Array): Int16Array => {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1) / 32_767
  const wanted = gainOfDb(Math.min(mostGainDb, targetDbfs - voiceLevelDbfs(samples)))
  return applyGain(samples, Math.min(wanted, peakCeiling / peak))
}

/** A recording as it came, made ready to be played: checked, mono, 24 kHz, as loud as other speech. The refusal is a sentence. */
export const prepareRecording = (wav: Uint8Array): Result<SpokenAudio, string> => {
  const decoded = decodeWav(wav)
  if (!decoded.ok) return refuse(`This is not a WAV that can be played: ${decoded.error.message}.`)
  const { samples, sampleRateHz } = decoded.value
  const { from, to } = acceptedRatesHz
  if (sampleRateHz < from || sampleRateHz > to) {
    return refuse(`A recording has ${from} to ${to} Hz, this one ${sampleRateHz}.`)
  }
  const seconds = samples.length / sampleRateHz
  if (samples.length === 0 || seconds > maxSeconds) {
    return refuse(`A recording has up to ${maxSeconds} s, this one ${seconds.toFixed(1)} s.`)
  }
  const played =
    sampleRateHz === playedRateHz ? samples : resample(samples, { fromHz: sampleRateHz, toHz: playedRateHz })
  if (voiceLevelDbfs(played) < silentBelowDbfs) return refuse('Nothing can be heard in this recording.')
  return ok({ samples: loudEnough(played), sampleRateHz: playedRateHz })
}
