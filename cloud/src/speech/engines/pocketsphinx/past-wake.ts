import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { latestRequestMs, requestStart } from '@mynah/shared/speech/request-start.ts'
import type { SpokenWake } from '../../contract/spoken-wake.ts'
import type { RecogniserSession } from '../recogniser.ts'

const samplesPerMs = 16

/**
 * A session that hears only what follows the wake word: a model that cannot say the word takes it for the nearest command it knows. The
 * word stands in front of the text, as it does where the engine has heard it itself, unless nobody can spell it.
 */
export const pastWake = (session: RecogniserSession, { text: word, preRollMs }: SpokenWake): RecogniserSession => {
  let held: Int16Array[] | undefined = []
  let heldSamples = 0
  const written = (text: string) => (text === '' || word === undefined ? text : `${word} ${text}`)
  const release = (): Int16Array => {
    const all = concatSamples(held ?? [])
    held = undefined
    return all.slice(requestStart(all, preRollMs))
  }
  return {
    feed: async (samples) => {
      if (!held) return written(await session.feed(samples))
      held.push(samples)
      heldSamples += samples.length
      if (heldSamples < (preRollMs + latestRequestMs) * samplesPerMs) return ''
      return written(await session.feed(release()))
    },
    finish: async () => {
      if (held) await session.feed(release())
      const heard = await session.finish()
      return { ...heard, text: written(heard.text) }
    },
    close: session.close,
  }
}
