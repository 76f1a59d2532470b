import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CommandHint,
  type EndpointingDecision,
  type EndpointingInput,
  learnedPauseOf,
  openTurn,
  stepEndpointing,
} from '../../src/turn/endpointing.ts'
import { defaultEndpointing } from '../../src/turn/endpointing-settings.ts'

/** A piece of a turn: so many ms of speech or silence, or a hint at once. */
type Piece = { readonly speechMs: number } | { readonly silenceMs: number } | { readonly hint: CommandHint }

const frameMs = 20

const inputsOf = (pieces: readonly Piece[], startMs: number): readonly EndpointingInput[] => {
  const inputs: EndpointingInput[] = []
  let atMs = startMs
  for (const piece of pieces) {
    if ('hint' in piece) {
      inputs.push({ type: 'hint', atMs, command: piece.hint })
      continue
    }
    const isSpeech = 'speechMs' in piece
    const untilMs = atMs + (isSpeech ? piece.speechMs : piece.silenceMs)
    while (atMs < untilMs) {
      atMs += frameMs
      inputs.push({
        type: 'frame',
        atMs,
        frameMs,
        speechProbability: isSpeech ? 0.95 : 0.02,
        levelDbfs: isSpeech ? -22 : -68,
      })
    }
  }
  return inputs
}

type Outcome = {
  readonly startedAtMs?: number
  readonly end?: EndpointingDecision & { type: 'end_of_turn' }
  readonly endedAtMs?: number
  readonly endings: number
  readonly learnedPauseMs: number
}

/** Runs a turn whose wake decision falls at 10,000 ms. */
const wakeMs = 10_000
const runTurn = (pieces: readonly Piece[], opening: { learnedPauseMs?: number; startMs?: number } = {}): Outcome => {
  const { startMs = wakeMs, ...rest } = opening
  let state = openTurn({ atMs: wakeMs, ...rest })
  let outcome: Outcome = { endings: 0, learnedPauseMs: 0 }
  for (const input of inputsOf(pieces, startMs)) {
    const [next, decision] = stepEndpointing(state, input)
    state = next
    if (decision.type === 'speech_started') outcome = { ...outcome, startedAtMs: decision.atMs - wakeMs }
    if (decision.type === 'end_of_turn') {
      outcome = { ...outcome, end: decision, endedAtMs: input.atMs - wakeMs, endings: outcome.endings + 1 }
    }
  }
  return { ...outcome, learnedPauseMs: learnedPauseOf(state) }
}

describe('the end of a turn', () => {
  it('comes 700 ms after an open sentence', () => {
    const turn = runTurn([{ silenceMs: 200 }, { speechMs: 1_500 }, { silenceMs: 3_000 }])
    expect(turn.startedAtMs).toBe(200)
    expect(turn.end).toEqual({ type: 'end_of_turn', reason: 'silence', endOfSpeechMs: wakeMs + 1_700 })
    expect(turn.endedAtMs).toBe(1_700 + 700)
  })

  it('comes at once when nothing can follow the command', () => {
    const turn = runTurn([{ silenceMs: 200 }, { speechMs: 1_000 }, { hint: 'must_end' }, { silenceMs: 3_000 }])
    expect(turn.end?.reason).toBe('command_complete')
    expect(turn.endedAtMs).toBe(1_200 + 140)
  })

  it('comes a little later when the command could go on', () => {
    const turn = runTurn([{ silenceMs: 200 }, { speechMs: 1_000 }, { hint: 'may_end' }, { silenceMs: 3_000 }])
    expect(turn.end?.reason).toBe('command_complete')
    expect(turn.endedAtMs).toBe(1_200 + 280)
  })

  it('waits for the rest of a sentence that cannot end here', () => {
    const turn = runTurn([{ silenceMs: 200 }, { speechMs: 1_000 }, { hint: 'prefix' }, { silenceMs: 3_000 }])
    expect(turn.end?.reason).toBe('silence')
    expect(turn.endedAtMs).toBe(1_200 + 1_200)
  })

  it('comes with the hint itself when the silence is already long enough', () => {
    const turn = runTurn([{ speechMs: 1_000 }, { silenceMs: 400 }, { hint: 'must_end' }, { silenceMs: 2_000 }])
    expect(turn.endedAtMs).toBe(1_400)
  })

  it('takes back a complete command when the grammar sees that it goes on', () => {
    const turn = runTurn([
      { silenceMs: 200 },
      { speechMs: 1_000 },
      { hint: 'may_end' },
      { silenceMs: 200 },
      { hint: 'prefix' },
      { silenceMs: 600 },
      { speechMs: 500 },
      { hint: 'must_end' },
      { silenceMs: 1_000 },
    ])
    expect(turn.end).toEqual({ type: 'end_of_turn', reason: 'command_complete', endOfSpeechMs: wakeMs + 2_500 })
  })

  it('trusts a complete command less after much speech that it has not seen', () => {
    const turn = runTurn([
      { silenceMs: 200 },
      { speechMs: 600 },
      { hint: 'must_end' },
      { speechMs: 1_000 },
      { silenceMs: 2_000 },
    ])
    expect(turn.endedAtMs).toBe(1_800 + 280)
  })

  it('does not mistake a click in the silence for speech', () => {
    const turn = runTurn([
      { silenceMs: 200 },
      { speechMs: 1_000 },
      { silenceMs: 400 },
      { speechMs: 40 },
      { silenceMs: 2_000 },
    ])
    expect(turn.end).toMatchObject({ reason: 'silence', endOfSpeechMs: wakeMs + 1_200 })
    expect(turn.endedAtMs).toBe(1_900)
  })

  it('ignores a network that hears speech 45 dB below the voice', () => {
    let state = openTurn({ atMs: 0 })
    let endedAtMs = 0
    for (let atMs = frameMs; atMs < 6_000 && endedAtMs === 0; atMs += frameMs) {
      const levelDbfs = atMs <= 300 ? -75 : atMs <= 1_300 ? -20 : -66
      const speechProbability = atMs <= 300 ? 0.02 : 0.9
      const [next, decision] = stepEndpointing(state, { type: 'frame', atMs, frameMs, speechProbability, levelDbfs })
      state = next
      if (decision.type === 'end_of_turn') endedAtMs = atMs
    }
    expect(endedAtMs).toBe(2_000)
  })
})

describe('the time after the wake word', () => {
  it('gives no_speech after 5 s of silence', () => {
    const turn = runTurn([{ silenceMs: 8_000 }])
    expect(turn.end).toEqual({ type: 'end_of_turn', reason: 'no_speech', endOfSpeechMs: wakeMs })
    expect(turn.endedAtMs).toBe(5_000)
    expect(turn.startedAtMs).toBeUndefined()
  })

  it('does not take the end of the wake word for a command', () => {
    const turn = runTurn([{ speechMs: 1_200 }, { silenceMs: 6_000 }], { startMs: wakeMs - 1_000 })
    expect(turn.startedAtMs).toBeUndefined()
    expect(turn.end?.reason).toBe('no_speech')
  })

  it('does not cut a speaker who pauses 800 ms after the wake word, however long its end sounds', () => {
    for (const tailMs of [0, 100, 200, 300, 400]) {
      const turn = runTurn(
        [{ speechMs: 1_000 + tailMs }, { silenceMs: 800 }, { speechMs: 1_500 }, { silenceMs: 2_000 }],
        { startMs: wakeMs - 1_000 },
      )
      expect(turn.end).toMatchObject({ reason: 'silence', endOfSpeechMs: wakeMs + tailMs + 2_300 })
    }
  })

  it('hears a command spoken without a gap after the wake word', () => {
    const turn = runTurn([{ speechMs: 2_500 }, { hint: 'must_end' }, { silenceMs: 2_000 }], { startMs: wakeMs - 800 })
    expect(turn.startedAtMs).toBe(0)
    expect(turn.end).toMatchObject({ reason: 'command_complete', endOfSpeechMs: wakeMs + 1_700 })
  })

  it('accepts "stop" that was over with the wake decision when the recogniser understood it', () => {
    const turn = runTurn([{ speechMs: 900 }, { silenceMs: 60 }, { hint: 'must_end' }, { silenceMs: 2_000 }], {
      startMs: wakeMs - 800,
    })
    expect(turn.end).toMatchObject({ reason: 'command_complete', endOfSpeechMs: wakeMs + 100 })
    expect(turn.endedAtMs).toBe(240)
  })

  it('hears a command too quiet for the network when the recogniser understood it', () => {
    const turn = runTurn([{ silenceMs: 2_000 }, { hint: 'must_end' }, { silenceMs: 1_000 }])
    expect(turn.end?.reason).toBe('command_complete')
    expect(turn.endedAtMs).toBe(2_140)
  })

  it('waits on for somebody who begins just before the time is over', () => {
    const turn = runTurn([{ silenceMs: 4_960 }, { speechMs: 1_000 }, { silenceMs: 2_000 }])
    expect(turn.end).toMatchObject({ reason: 'silence', endOfSpeechMs: wakeMs + 5_960 })
  })

  it('has its own length in a follow-up window', () => {
    let state = openTurn({ atMs: 0, noSpeechTimeoutMs: 2_000 })
    const decisions = inputsOf([{ silenceMs: 3_000 }], 0).map((input) => {
      const [next, decision] = stepEndpointing(state, input)
      state = next
      return decision.type === 'end_of_turn' ? input.atMs : 0
    })
    expect(decisions.filter((atMs) => atMs > 0)).toEqual([2_000])
  })
})

describe('slow talkers', () => {
  const slow: readonly Piece[] = [{ silenceMs: 200 }, { speechMs: 500 }]
  const sentence = Array.from({ length: 4 }).flatMap(() => [{ silenceMs: 640 }, { speechMs: 500 }])

  it('get a longer wait, learned from pauses after which they went on', () => {
    const before = runTurn([...slow, ...sentence, { silenceMs: 3_000 }])
    const after = runTurn([...slow, { silenceMs: 3_000 }], { learnedPauseMs: before.learnedPauseMs })
    expect(before.learnedPauseMs).toBeGreaterThan(350)
    expect(after.endedAtMs).toBeGreaterThan(700 + 1_000)
  })

  it('are cut by nobody at 900 ms once they are known', () => {
    const turn = runTurn([...slow, { silenceMs: 900 }, { speechMs: 500 }, { silenceMs: 3_000 }], {
      learnedPauseMs: 500,
    })
    expect(turn.end).toMatchObject({ endOfSpeechMs: wakeMs + 2_100 })
  })

  it('do not wait longer for a command that is complete', () => {
    const turn = runTurn([...slow, { hint: 'must_end' }, { silenceMs: 3_000 }], { learnedPauseMs: 2_000 })
    expect(turn.endedAtMs).toBe(700 + 140)
  })

  it('start from the usual wait when what was kept is no number', () => {
    const turn = runTurn([{ silenceMs: 200 }, { speechMs: 1_000 }, { silenceMs: 3_000 }], {
      learnedPauseMs: Number.NaN,
    })
    expect(turn.endedAtMs).toBe(1_900)
  })
})

const anyNumber = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 2),
)
const hint = fc.constantFrom<CommandHint>('none', 'prefix', 'may_end', 'must_end')
const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({ speechMs: fc.integer({ min: 20, max: 2_500 }) }),
  fc.record({ silenceMs: fc.integer({ min: 20, max: 1_500 }) }),
  fc.record({ hint }),
)

describe('whatever is heard', () => {
  it('ends exactly once, at the hard cap at the latest', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ probability: anyNumber, level: fc.oneof(anyNumber, fc.integer({ min: -96, max: 0 })) }), {
          minLength: 1,
          maxLength: 40,
        }),
        fc.array(fc.record({ hint, frame: fc.nat(800) }), { maxLength: 20 }),
        (cycle, hints) => {
          let state = openTurn({ atMs: 0 })
          const ends: number[] = []
          for (let frame = 1; frame <= 850; frame++) {
            const { probability = 0, level = 0 } = cycle[frame % cycle.length] ?? {}
            const atMs = frame * frameMs
            const inputs: EndpointingInput[] = [
              ...hints
                .filter((given) => given.frame === frame)
                .map((given) => ({ type: 'hint' as const, atMs, command: given.hint })),
              { type: 'frame', atMs, frameMs, speechProbability: probability, levelDbfs: level },
            ]
            for (const input of inputs) {
              const [next, decision] = stepEndpointing(state, input)
              state = next
              if (decision.type === 'end_of_turn') ends.push(atMs)
            }
          }
          expect(ends).toHaveLength(1)
          expect(ends[0]).toBeLessThanOrEqual(defaultEndpointing.hardCapMs)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('never ends while speech goes on, before the hard cap', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        let state = openTurn({ atMs: 0 })
        for (const input of inputsOf(pieces, 0)) {
          const [next, decision] = stepEndpointing(state, input)
          state = next
          if (decision.type !== 'end_of_turn' || decision.reason === 'hard_cap') continue
          expect(input.type === 'frame' && input.speechProbability > 0.5).toBe(false)
          expect(decision.endOfSpeechMs).toBeLessThanOrEqual(input.atMs)
        }
      }),
    )
  })

  it('needs at least the shortest silence and at most the longest', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 400, max: 3_000 }),
        fc.option(hint, { nil: undefined }),
        fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.constant(Number.NaN)),
        (speechMs, given, learnedPauseMs) => {
          const hints = given ? [{ hint: given }] : []
          const turn = runTurn([{ silenceMs: 200 }, { speechMs }, ...hints, { silenceMs: 4_000 }], { learnedPauseMs })
          const silenceMs = (turn.endedAtMs ?? 0) + wakeMs - (turn.end?.endOfSpeechMs ?? 0)
          expect(silenceMs).toBeGreaterThanOrEqual(defaultEndpointing.minSilenceMs)
          expect(silenceMs).toBeLessThan(defaultEndpointing.maxSilenceMs + frameMs)
        },
      ),
    )
  })

  it('never ends later for a hint that says more', () => {
    const order: readonly CommandHint[] = ['prefix', 'none', 'may_end', 'must_end']
    fc.assert(
      fc.property(
        fc.integer({ min: 400, max: 3_000 }),
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: 0, max: 1_000 }),
        (speechMs, hintAfterMs, learnedPauseMs) => {
          const ends = order.map((given) => {
            const pieces = [
              { silenceMs: 200 },
              { speechMs },
              { silenceMs: hintAfterMs },
              { hint: given },
              { silenceMs: 4_000 },
            ]
            return runTurn(pieces, { learnedPauseMs }).endedAtMs ?? Number.POSITIVE_INFINITY
          })
          expect(ends).toEqual(ends.toSorted((a, b) => b - a))
        },
      ),
    )
  })

  it('continues for ever once it has ended', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const turn = runTurn([{ silenceMs: 5_200 }, ...pieces, { silenceMs: 9_000 }])
        expect(turn.endings).toBe(1)
      }),
    )
  })
})
