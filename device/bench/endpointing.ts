import { parseArgs } from 'node:util'
import {
  type CommandHint,
  type EndOfTurnReason,
  learnedPauseOf,
  openTurn,
  stepEndpointing,
} from '../src/turn/endpointing.ts'
import { createEnergyVad } from '../src/vad/energy.ts'
import { createSileroVad } from '../src/vad/silero.ts'
import type { VoiceActivityDetector } from '../src/vad/voice-activity.ts'
import { kitchenNoise, recording, recordingsIn } from '../test/recordings.ts'
import { type HeardFrame, hearTurn, inNoise, type SpokenTurn, turnOf } from './spoken-turn.ts'

/**
 * How late, and how often wrongly, turns end: real commands and read sentences, clean and in kitchen noise, with the hints of a
 * grammar that is always right and without any. Run: `npx tsx device/bench/endpointing.ts [--vad energy] [--verbose]`.
 */

type Hints = 'absent' | 'must_end' | 'may_end' | 'prefix'
type Outcome = {
  readonly delayMs: number
  readonly cutOff: boolean
  readonly reason: EndOfTurnReason
  readonly learnedPauseMs: number
}

// From the end of the last word to its hint on the speaker: recogniser, cloud and network.
const hintLagMs = 80

const hintsOf = (kind: Hints, turn: SpokenTurn): readonly { atMs: number; command: CommandHint }[] => {
  if (kind === 'absent') return []
  const begun = { atMs: turn.speechStartMs + 250, command: 'prefix' as const }
  return kind === 'prefix' ? [begun] : [begun, { atMs: turn.speechEndMs + hintLagMs, command: kind }]
}

const runTurn = (turn: SpokenTurn, frames: readonly HeardFrame[], kind: Hints): Outcome => {
  let state = openTurn({ atMs: turn.wakeMs })
  let hints = hintsOf(kind, turn)
  for (const frame of frames) {
    const due = hints.filter((hint) => hint.atMs <= frame.atMs)
    hints = hints.filter((hint) => hint.atMs > frame.atMs)
    const inputs = [...due.map((hint) => ({ type: 'hint' as const, ...hint })), { type: 'frame' as const, ...frame }]
    for (const input of inputs) {
      const [next, decision] = stepEndpointing(state, input)
      state = next
      if (decision.type !== 'end_of_turn') continue
      const delayMs = frame.atMs - turn.speechEndMs
      return {
        delayMs,
        cutOff: delayMs < 0 || decision.reason === 'no_speech',
        reason: decision.reason,
        learnedPauseMs: learnedPauseOf(next),
      }
    }
  }
  return { delayMs: Number.POSITIVE_INFINITY, cutOff: false, reason: 'hard_cap', learnedPauseMs: 0 }
}

const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

const report = (label: string, outcomes: readonly Outcome[]) => {
  const delays = outcomes.filter((outcome) => !outcome.cutOff).map((outcome) => outcome.delayMs)
  const sorted = delays.toSorted((a, b) => a - b)
  const cell = (ms: number) => (Number.isFinite(ms) ? `${Math.round(ms)} ms` : 'never').padStart(8)
  const cutOffs = outcomes.filter((outcome) => outcome.cutOff).length
  const late = outcomes.filter((outcome) => outcome.delayMs === Number.POSITIVE_INFINITY).length
  console.log(
    `${label.padEnd(44)} p50 ${cell(percentile(sorted, 0.5))}  p95 ${cell(percentile(sorted, 0.95))}` +
      `  max ${cell(sorted.at(-1) ?? Number.NaN)}  cut off ${cutOffs} of ${outcomes.length}  not ended ${late}`,
  )
}

type RecordingSet = { readonly name: string; readonly files: readonly string[]; readonly hints: readonly Hints[] }
type Bench = { readonly vad: VoiceActivityDetector; readonly noise: Int16Array; readonly verbose: boolean }

const printUnusual = (turns: readonly SpokenTurn[], outcomes: readonly Outcome[]) => {
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.cutOff || outcome.delayMs > 1_500) console.log('   ', turns[index]?.name, JSON.stringify(outcome))
  }
}

const evaluate = async (set: RecordingSet, snrDb: number, bench: Bench) => {
  const turns = set.files.map((file) => turnOf(file, recording(file), 1_000))
  const heard: { turn: SpokenTurn; frames: readonly HeardFrame[] }[] = []
  for (const [index, turn] of turns.entries()) {
    const mix = { snrDb, offsetSamples: index * 31_337 }
    const noisy = Number.isFinite(snrDb) ? inNoise(turn, bench.noise, mix) : turn
    heard.push({ turn, frames: await hearTurn(noisy, bench.vad) })
  }
  for (const kind of set.hints) {
    const outcomes = heard.map(({ turn, frames }) => runTurn(turn, frames, kind))
    report(`${set.name}, ${Number.isFinite(snrDb) ? `${snrDb} dB` : 'clean'}, hints ${kind}`, outcomes)
    if (bench.verbose) printUnusual(turns, outcomes)
  }
}

const { values } = parseArgs({
  options: { vad: { type: 'string', default: 'silero' }, verbose: { type: 'boolean', default: false } },
})
const bench: Bench = {
  vad: values.vad === 'energy' ? createEnergyVad() : await createSileroVad(),
  noise: kitchenNoise(),
  verbose: values.verbose,
}
const sets: readonly RecordingSet[] = [
  { name: 'commands', files: recordingsIn('speech-en-commands'), hints: ['must_end', 'may_end', 'absent'] },
  { name: 'read', files: recordingsIn('speech-en-read'), hints: ['absent', 'prefix'] },
]
for (const set of sets) {
  for (const snrDb of [Number.POSITIVE_INFINITY, 20, 12, 6]) await evaluate(set, snrDb, bench)
}
await bench.vad.close()
