import { grammarFor } from '@mynah/shared/dialogue/grammar/grammar.ts'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { loadFliteVoice } from '../../src/speech/engines/flite/library.ts'
import { mixNoise, readText, recording, recordingsIn, withTail } from './corpus.ts'
import { commands, notCommands } from './sentences.ts'
import type { Utterance } from './utterance.ts'

const ours = grammarFor('en').jsgf

const synthetic = async (): Promise<Utterance[]> => {
  const utterances: Utterance[] = []
  for (const name of ['cmu_us_slt', 'cmu_us_rms', 'cmu_us_awb']) {
    const voice = loadFliteVoice(name)
    if (!voice) continue
    const say = async (text: string, isCommand: boolean) => {
      const { samples } = await voice.say(text)
      const set = isCommand ? 'our commands, synthetic' : 'questions, synthetic'
      utterances.push({ set, isCommand, jsgf: ours, samples: withTail(samples) })
    }
    for (const text of commands) await say(text, true)
    for (const text of notCommands) await say(text, false)
  }
  return utterances
}

const real = async (): Promise<Utterance[]> => {
  const orders = await readText('speech-en-commands/barista.gram')
  const kitchen = await recording('speech-en-commands/kitchen.wav')
  const random = seededRandom(4)
  const utterances: Utterance[] = []
  // Half of them: the other half stays unseen.
  const files = (await recordingsIn('speech-en-commands')).filter(
    (name, index) => index % 2 === 0 && !name.includes('kitchen'),
  )
  for (const file of files) {
    const samples = await recording(file)
    utterances.push({ set: 'orders, real', isCommand: true, jsgf: orders, samples })
    const noisy = mixNoise(samples, kitchen, 12, random)
    utterances.push({ set: 'orders at 12 dB, real', isCommand: true, jsgf: orders, samples: noisy })
    utterances.push({ set: 'orders to our grammar, real', isCommand: false, jsgf: ours, samples })
  }
  const others = await Promise.all(['speech-en-read', 'speech-en-cards', 'speech-en-wake'].map(recordingsIn))
  for (const file of others.flat().filter((name) => !name.includes('aishell'))) {
    const samples = (await recording(file)).subarray(0, 12 * 16_000)
    utterances.push({ set: 'reading, cards and others, real', isCommand: false, jsgf: ours, samples })
    utterances.push({ set: 'reading, cards and others to orders, real', isCommand: false, jsgf: orders, samples })
  }
  for (let at = 0; at + 48_000 <= kitchen.length; at += 96_000) {
    utterances.push({ set: 'kitchen noise', isCommand: false, jsgf: ours, samples: kitchen.subarray(at, at + 48_000) })
  }
  return utterances
}

/** Real and synthetic commands of the grammar, against real reading, cards, orders to our grammar, synthetic questions and kitchen noise. */
export const englishUtterances = async (): Promise<readonly Utterance[]> => [...(await synthetic()), ...(await real())]
