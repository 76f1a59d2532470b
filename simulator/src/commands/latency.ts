import { converse } from '../conversation.ts'
import { ExpectationError } from '../event-watch.ts'
import type { CommonOptions } from '../options.ts'
import { percentilesOf } from '../percentiles.ts'
import { englishVoices } from '../person.ts'
import { type HopName, hopNames, type TurnHops } from '../turn-hops.ts'
import { type CommandDeps, type ExitCode, inPlace, orThrow, type Place } from './context.ts'
import { utteranceFor } from './say.ts'

/** Local commands that end in different ways: fixed phrases, numbers, words that could go on. */
export const rotation: readonly string[] = [
  'what time is it',
  'what is twelve times seven',
  'set the volume to forty percent',
  'what day is it',
  'flip a coin',
  'what timers do i have',
  'how are you',
  'convert ten miles to kilometers',
]

const pauseBetweenTurnsMs = 400
const idleLimitMs = 20_000

type Measured = { readonly hops: TurnHops; readonly completed: boolean; readonly concealed: number }

const oneTurn = async (
  deps: CommandDeps,
  turn: { readonly place: Place; readonly index: number; readonly options: CommonOptions },
  signal: AbortSignal,
): Promise<Measured> => {
  const { place, index, options } = turn
  const sentence = rotation[index % rotation.length] ?? ''
  const voice = options.voice ?? englishVoices[index % englishVoices.length]
  const utterance = orThrow(await utteranceFor({ text: `hey jarvis, ${sentence}`, language: 'en', voice }, signal))
  const { turn: done } = await converse({ house: place, speaker: place.speaker, utterance }, signal)
  const understood = done.heard.toLowerCase().includes(sentence)
  deps.note(
    `${index + 1}: "${sentence}" (${voice}) ${done.reason}${understood ? '' : `, understood as "${done.heard}"`}, first audio ${Math.round(done.hops.end_of_speech_to_first_audio ?? Number.NaN)} ms after the end of speech`,
  )
  if (place.speaker.phase() !== 'idle')
    await place.speaker.watch.expect(
      {
        what: 'idle speaker',
        pick: (event) => (event.type === 'phase_changed' && event.phase === 'idle' ? event : undefined),
        timeoutMs: idleLimitMs,
      },
      signal,
    )
  await deps.clock.sleep(pauseBetweenTurnsMs, signal)
  return { hops: done.hops, completed: done.reason === 'completed', concealed: done.audio?.concealed ?? 0 }
}

const hopPercentiles = (turns: readonly Measured[]) =>
  hopNames.flatMap((name: HopName) => {
    const values = turns.flatMap((turn) => turn.hops[name] ?? [])
    const percentiles = percentilesOf(values)
    return percentiles ? [{ name, count: values.length, ...percentiles }] : []
  })

const tableOf = (rows: ReturnType<typeof hopPercentiles>): string => {
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(30) : cell.padStart(9))).join('')
  return [
    line(['hop (ms)', 'turns', 'p50', 'p95', 'p99']),
    ...rows.map((row) =>
      line([row.name, String(row.count), ...[row.p50, row.p95, row.p99].map((value) => value.toFixed(1))]),
    ),
  ].join('\n')
}

const measureTurns = async (
  deps: CommandDeps,
  run: { readonly place: Place; readonly turns: number; readonly options: CommonOptions },
  signal: AbortSignal,
) => {
  const completed: Measured[] = []
  let failed = 0
  for (let index = 0; index < run.turns && !signal.aborted; index++) {
    try {
      const turn = await oneTurn(deps, { ...run, index }, signal)
      if (turn.completed) completed.push(turn)
      else failed++
    } catch (error) {
      if (!(error instanceof ExpectationError)) throw error
      deps.note(`${index + 1}: ${error.message}`)
      failed++
    }
  }
  return { completed, failed }
}

/** `latency`: many turns, and how long each hop takes. Failed turns are counted and told, and end the command with 1. */
export const latency = (
  deps: CommandDeps,
  command: { readonly turns: number; readonly options: CommonOptions },
  signal: AbortSignal,
): Promise<ExitCode> =>
  inPlace(
    deps,
    command.options,
    async (place) => {
      const { completed, failed } = await measureTurns(deps, { place, ...command }, signal)
      const rows = hopPercentiles(completed)
      const summary = {
        turns: completed.length,
        failed,
        turns_with_concealed_frames: completed.filter((turn) => turn.concealed > 0).length,
        hops: Object.fromEntries(rows.map(({ name, p50, p95, p99 }) => [name, { p50, p95, p99 }])),
      }
      deps.print(command.options.json ? JSON.stringify(summary) : tableOf(rows))
      return failed === 0 && completed.length > 0 ? 0 : 1
    },
    signal,
  )
