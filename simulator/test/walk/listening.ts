import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { applyGain, levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { resample } from '@mynah/shared/audio/resample.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock as clock } from '@mynah/shared/time/clock.ts'
import type { LoudspeakerRecording } from '../../src/loudspeaker-recording.ts'

const loudspeakerRateHz = 24_000
const recogniserRateHz = 16_000
const recogniserLevelDbfs = -20
/** Longer than any pause inside what a speaker says. */
const silenceMs = 1_500
const patienceMs = 30_000

/** What a loudspeaker plays next, from its first sound to the silence after it (24 kHz mono). */
export const nextSound = async (recording: LoudspeakerRecording, sinceMs: number): Promise<Int16Array> => {
  const giveUpMs = clock.now() + patienceMs
  while (clock.now() < giveUpMs) {
    await clock.sleep(50)
    const startMs = recording.firstSoundAfter(sinceMs)
    const endMs = recording.lastSoundMs()
    if (startMs === undefined || endMs === undefined || clock.now() - endMs < silenceMs) continue
    return recording.between(startMs, endMs)
  }
  throw new Error(`nothing was heard within ${patienceMs} ms`)
}

const gapMs = 250
const marginMs = 60
const audibleDbfs = -50

/** What is between the pauses of a recording (24 kHz mono), each with a little silence on both sides. */
export const betweenPauses = (sound: Int16Array): readonly Int16Array[] => {
  const stepMs = 10
  const stepLength = (loudspeakerRateHz * stepMs) / 1_000
  const spans: { fromMs: number; toMs: number }[] = []
  for (let step = 0; (step + 1) * stepLength <= sound.length; step++) {
    if (levelDbfs(sound.subarray(step * stepLength, (step + 1) * stepLength)) < audibleDbfs) continue
    const atMs = step * stepMs
    const last = spans.at(-1)
    if (last && atMs - last.toMs < gapMs) last.toMs = atMs + stepMs
    else spans.push({ fromMs: atMs, toMs: atMs + stepMs })
  }
  const sample = (ms: number) => Math.max(0, Math.round((ms * loudspeakerRateHz) / 1_000))
  return spans.map(({ fromMs, toMs }) => sound.slice(sample(fromMs - marginMs), sample(toMs + marginMs)))
}

/** The level of the voice alone: of the loudest half of its pieces of 50 ms. */
export const voiceLevelDbfs = (sound: Int16Array): number => {
  const pieceLength = loudspeakerRateHz / 20
  const levels = Array.from({ length: Math.floor(sound.length / pieceLength) }, (_, piece) =>
    levelDbfs(sound.subarray(piece * pieceLength, (piece + 1) * pieceLength)),
  ).toSorted((a, b) => b - a)
  const loud = levels.slice(0, Math.ceil(levels.length / 2))
  return loud.reduce((sum, level) => sum + level, 0) / loud.length
}

/**
 * Which of a few Chinese sentences an independent ear hears: Debian's pocketsphinx program with the model in `modelDir`, which has no
 * open dictation. Empty when it hears none of them.
 */
export const recogniseChineseAmong = async (
  sound: Int16Array,
  sentences: readonly (readonly string[])[],
  modelDir: string,
): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'mynah-ear-'))
  try {
    const thinned = resample(sound, { fromHz: loudspeakerRateHz, toHz: recogniserRateHz })
    // This model hears nothing in a voice much below the level of those it was trained on.
    const samples = applyGain(thinned, 10 ** ((recogniserLevelDbfs - voiceLevelDbfs(sound)) / 20))
    const padded = new Int16Array(samples.length + recogniserRateHz)
    padded.set(samples, recogniserRateHz / 2)
    writeFileSync(join(folder, 'sound.wav'), encodeWav(padded, recogniserRateHz))
    const alternatives = sentences.map((words) => words.join(' ')).join(' | ')
    writeFileSync(join(folder, 'sentences.gram'), `#JSGF V1.0 UTF-8;\ngrammar s;\npublic <s> = ${alternatives};\n`)
    const { stdout } = await promisify(execFile)('pocketsphinx_continuous', [
      ...['-infile', join(folder, 'sound.wav'), '-jsgf', join(folder, 'sentences.gram'), '-logfn', '/dev/null'],
      ...['-hmm', join(modelDir, 'zh-sc'), '-dict', join(modelDir, 'mandarin_notone.dic')],
    ])
    return stdout.replaceAll(/\s+/g, '')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
