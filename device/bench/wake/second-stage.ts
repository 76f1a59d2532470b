import { bindSphinx } from '@mynah/shared/speech/pocketsphinx/binding.ts'
import { openDecoder } from '@mynah/shared/speech/pocketsphinx/decoder.ts'
import { findEnglishModel } from '@mynah/shared/speech/pocketsphinx/model-files.ts'
import { grammarSettings, phoneLoopSettings } from '@mynah/shared/speech/pocketsphinx/settings.ts'
import { holdsWakeWord, wakeGrammarOf, wakeTailMs } from '@mynah/shared/speech/pocketsphinx/wake-word.ts'
import type { WakeDetection } from '../../src/wake/wake-word.ts'
import type { NamedRule } from './tables.ts'
import { detectionsIn, type Tracer } from './traces.ts'

const preRollMs = 1_500

/** What the cloud makes of a wake: the same decoders and the same line as in its speech service. */
export type SecondStage = {
  /** False: the turn is closed without a word. */
  readonly accepts: (sound: Int16Array, wake: WakeDetection) => Promise<boolean>
  readonly computeMs: () => number
  readonly close: () => Promise<void>
}

export const openSecondStage = async (spoken: string): Promise<SecondStage> => {
  const model = findEnglishModel()
  if (!model?.phoneModelFile) throw new Error('pocketsphinx-en-us is not installed')
  const binding = bindSphinx()
  const grammar = await openDecoder(binding, grammarSettings(model), 1)
  const loop = await openDecoder(binding, phoneLoopSettings(model), 1)
  await grammar.select('wake', { type: 'grammar', jsgf: wakeGrammarOf(spoken) })
  await loop.select('phones', { type: 'phone_loop', path: model.phoneModelFile })
  let checks = 0
  let usedUs = 0
  return {
    accepts: async (sound, { atSample }) => {
      const samples = sound.slice(Math.max(0, atSample - preRollMs * 16), atSample + wakeTailMs * 16)
      const before = process.cpuUsage()
      const heard = await holdsWakeWord(samples, async (part) => ({
        grammar: await grammar.decodeWhole(part),
        loop: await loop.decodeWhole(part),
      }))
      const { user, system } = process.cpuUsage(before)
      checks++
      usedUs += user + system
      return heard !== false
    },
    computeMs: () => usedUs / 1_000 / Math.max(1, checks),
    close: async () => {
      await Promise.all([grammar.close(), loop.close()])
    },
  }
}

/** By each rule, how many wakes the sounds give and how many of those are dropped. */
export const droppedOf = async (
  of: { readonly tracer: Tracer; readonly stage: SecondStage; readonly rules: readonly NamedRule[] },
  sounds: Iterable<Int16Array>,
): Promise<readonly { readonly woken: number; readonly dropped: number }[]> => {
  const counts = of.rules.map(() => ({ woken: 0, dropped: 0 }))
  for (const sound of sounds) {
    const trace = await of.tracer.trace(sound)
    const wakes = of.rules.flatMap(({ rule }, index) => detectionsIn(trace, rule).map((wake) => ({ wake, index })))
    for (const { wake, index } of wakes) {
      const count = counts[index]
      if (!count) continue
      count.woken++
      if (!(await of.stage.accepts(sound, wake))) count.dropped++
    }
  }
  return counts
}
