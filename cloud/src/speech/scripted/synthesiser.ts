import { markerOfText, markerTone } from '@mynah/shared/audio/marker-tone.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Synthesiser } from '../engines/synthesiser.ts'

const sampleRateHz = 24_000
const msPerCharacter = 60
const shortestMs = 600
const pieceSamples = sampleRateHz / 5

/** For load tests: a fixed delay, then the marker tone of the text, as long as a voice would speak. */
export const createScriptedSynthesiser = (deps: { readonly clock: Clock; readonly delayMs: number }): Synthesiser => ({
  name: 'scripted',
  languages: ['en', 'zh'],
  voices: ['scripted'],
  close: async () => {},
  speak: async function* ({ text }, signal) {
    await deps.clock.sleep(deps.delayMs, signal)
    const durationMs = Math.max(shortestMs, text.length * msPerCharacter)
    const samples = markerTone({ marker: markerOfText(text), durationMs, sampleRateHz })
    for (let at = 0; at < samples.length && !signal.aborted; at += pieceSamples) {
      yield { samples: samples.slice(at, at + pieceSamples), sampleRateHz }
    }
  },
})
