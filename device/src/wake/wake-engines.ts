import type { Log } from '@mynah/shared/log/log.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { ConfigurableWakeWord, WakeSettings, WakeWordFailure } from './wake-word.ts'

/** Another engine beside openWakeWord: it takes the words it knows, openWakeWord and the words of the owner keep the others. */
export type WakeEngine = {
  readonly name: string
  readonly knows: (word: string) => boolean
  readonly open: (settings: WakeSettings) => Promise<Result<ConfigurableWakeWord, WakeWordFailure>>
}

/** For the guard against the speaker's own voice: hears as readily as it can. */
export const asGuard = (engine: WakeEngine): WakeEngine => ({
  ...engine,
  open: (settings) => engine.open({ ...settings, preset: 'sensitive' }),
})

export type WakeEnginesDeps = {
  readonly log: Log
  /** Takes what no other engine does. */
  readonly main: ConfigurableWakeWord
  /** The first that knows a word has it. */
  readonly engines: readonly WakeEngine[]
}

/** After a wake no other engine wakes for so long: two words that sound alike are one call. */
const oneCallSamples = 16_000

type Opened = { readonly engine: WakeEngine; readonly detector: ConfigurableWakeWord; readonly sinceSample: number }
type Shared = { readonly words: readonly string[]; readonly opened: readonly Opened[] }

/**
 * Several engines as one detector, each with words of its own. An engine that does not start leaves its words to openWakeWord, and
 * that is said in the log: a speaker whose key has expired still wakes.
 */
export const createWakeEngines = ({ log, main, engines }: WakeEnginesDeps): ConfigurableWakeWord => {
  let opened: readonly Opened[] = []
  let settings = main.settings()
  let mainListens = true
  let samplesHeard = 0
  let calledAtSample = Number.NEGATIVE_INFINITY
  let closed = false

  const shareOut = async (wanted: WakeSettings): Promise<Shared> => {
    let words = wanted.words
    const taken: Opened[] = []
    for (const engine of engines) {
      const known = words.filter(engine.knows)
      if (known.length === 0) continue
      const detector = await engine.open({ ...wanted, words: known })
      if (detector.ok) {
        taken.push({ engine, detector: detector.value, sinceSample: samplesHeard })
        words = words.filter((word) => !known.includes(word))
      } else {
        const { code, message } = detector.error
        log.warn('a wake word engine does not start', { engine: engine.name, code, message })
      }
    }
    return { words, opened: taken }
  }
  const closeAll = (all: readonly Opened[]) => Promise.all(all.map(({ detector }) => detector.close()))

  const configure: ConfigurableWakeWord['configure'] = async (wanted) => {
    if (closed) return refuse({ code: 'engine_failed', message: 'the wake word detector is closed' })
    const shared = await shareOut(wanted)
    const configured = await main.configure({ ...wanted, words: shared.words })
    const hasNone = !configured.ok && configured.error.code === 'no_words' && shared.opened.length > 0
    if (!configured.ok && !hasNone) {
      await closeAll(shared.opened)
      return configured
    }
    const before = opened
    opened = shared.opened
    mainListens = configured.ok
    const rest = configured.ok ? configured.value.words : []
    settings = {
      words: [...opened.flatMap(({ detector }) => detector.settings().words), ...rest],
      preset: wanted.preset,
    }
    await closeAll(before)
    return ok(settings)
  }
  const hear: ConfigurableWakeWord['hear'] = async (frame, over) => {
    samplesHeard += frame.length
    const [own, ...others] = await Promise.all([
      mainListens ? main.hear(frame, over) : undefined,
      ...opened.map(async ({ detector, sinceSample }) => {
        const detection = await detector.hear(frame, over)
        return detection && { ...detection, atSample: detection.atSample + sinceSample }
      }),
    ])
    const first = [own && { ...own, atSample: own.atSample + samplesHeard - main.samplesHeard() }, ...others].find(
      Boolean,
    )
    if (!first || first.atSample - calledAtSample < oneCallSamples) return undefined
    calledAtSample = first.atSample
    return first
  }
  return {
    hear,
    samplesHeard: () => samplesHeard,
    configure,
    settings: () => settings,
    reset: () => {
      main.reset()
      for (const { detector } of opened) detector.reset()
    },
    close: async () => {
      closed = true
      await Promise.all([main.close(), closeAll(opened)])
    },
  }
}
