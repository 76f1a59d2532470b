import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hearTurn, inNoise, type SpokenTurn, turnOf } from '../../bench/spoken-turn.ts'
import { type EndpointingInput, openTurn, stepEndpointing } from '../../src/turn/endpointing.ts'
import { createSileroVad } from '../../src/vad/silero.ts'
import type { VoiceActivityDetector } from '../../src/vad/voice-activity.ts'
import { kitchenNoise, recording, recordings, recordingsIn } from '../recordings.ts'

describe.skipIf(!recordings.isMet)(recordings.naming('endpointing of real commands with Silero'), () => {
  let vad: VoiceActivityDetector
  let noise: Int16Array
  beforeAll(async () => {
    vad = await createSileroVad()
    noise = kitchenNoise()
  })
  afterAll(() => vad.close())

  const delayOf = async (turn: SpokenTurn, isComplete: boolean): Promise<number> => {
    let state = openTurn({ atMs: turn.wakeMs })
    const hintAtMs = turn.speechEndMs + 80
    let hinted = !isComplete
    for (const frame of await hearTurn(turn, vad)) {
      const inputs: EndpointingInput[] = [{ type: 'frame', ...frame }]
      if (!hinted && frame.atMs >= hintAtMs) {
        hinted = true
        inputs.push({ type: 'hint', atMs: frame.atMs, command: 'must_end' })
      }
      for (const input of inputs) {
        const [next, decision] = stepEndpointing(state, input)
        state = next
        if (decision.type === 'end_of_turn') return frame.atMs - turn.speechEndMs
      }
    }
    return Number.POSITIVE_INFINITY
  }

  it('ends a complete command within half a second and cuts nobody off', async () => {
    for (const file of recordingsIn('speech-en-commands').slice(0, 15)) {
      const delayMs = await delayOf(turnOf(file, recording(file), 1_000), true)
      expect(delayMs).toBeGreaterThanOrEqual(0)
      expect(delayMs).toBeLessThanOrEqual(500)
    }
  })

  it('cuts nobody off in kitchen noise at 12 dB without any hint', async () => {
    for (const [index, file] of recordingsIn('speech-en-commands').slice(15, 30).entries()) {
      const clean = turnOf(file, recording(file), 1_000)
      const delayMs = await delayOf(inNoise(clean, noise, { snrDb: 12, offsetSamples: index * 31_337 }), false)
      expect(delayMs).toBeGreaterThanOrEqual(0)
      expect(delayMs).toBeLessThanOrEqual(1_500)
    }
  })
})
