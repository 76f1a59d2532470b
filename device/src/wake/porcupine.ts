import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { captureFrameSamples } from '../audio/ports.ts'
import { armedTrigger, stepTrigger, type TriggerRule, type TriggerState } from './trigger.ts'
import type { WakeEngine } from './wake-engines.ts'
import type { ConfigurableWakeWord, WakeDetection, WakePreset, WakeSettings, WakeWordFailure } from './wake-word.ts'

/** The part of `@picovoice/porcupine-node` 4 that is used here; the package is optional, so its own types may be absent. */
type Engine = {
  readonly frameLength: number
  /** Index of the word heard at the end of this frame, or -1. */
  readonly process: (frame: Int16Array) => number
  readonly release: () => void
}
type Package = {
  readonly Porcupine: new (accessKey: string, words: string[], sensitivities: number[]) => Engine
  readonly BuiltinKeyword: { readonly [name: string]: string }
}

type PorcupineDeps = {
  readonly accessKey: string | undefined
  readonly settings: WakeSettings
  /** Words of the owner's own: name -> `.ppn` file made in the Picovoice Console for this platform. */
  readonly keywordFiles?: { readonly [word: string]: string }
  /** Where the package comes from. */
  readonly packageName?: string
}

const defaultPackage = '@picovoice/porcupine-node'

const sensitivityOf: Record<WakePreset, number> = { strict: 0.35, normal: 0.5, sensitive: 0.7 }

// Porcupine reports hits, not scores; the rule only keeps one utterance from firing twice.
const heardOnce = { one: 1, three: 1 }
const rule: TriggerRule = { quiet: heardOnce, noisy: heardOnce, refractorySamples: 16_000, rearmBelow: 1 }

// Porcupine brings "jarvis": it is heard within "hey jarvis", the default word.
const aliases: { readonly [word: string]: string } = { hey_jarvis: 'jarvis' }

const refusals: ReadonlySet<string> = new Set([
  'PorcupineActivationError',
  'PorcupineActivationLimitReachedError',
  'PorcupineActivationRefusedError',
  'PorcupineActivationThrottledError',
])

const missingKey: WakeWordFailure = {
  code: 'access_key_missing',
  message:
    'Porcupine needs an AccessKey from https://console.picovoice.ai: set it, or use openWakeWord, which needs none',
}

const loadPackage = async (name: string): Promise<Result<Package, WakeWordFailure>> => {
  try {
    // The package is CommonJS: what it exports lies under `default` too. Its shape is checked on the next line.
    const loaded = (await import(name)) as Partial<Package> & { default?: Partial<Package> }
    const Porcupine = loaded.Porcupine ?? loaded.default?.Porcupine
    const BuiltinKeyword = loaded.BuiltinKeyword ?? loaded.default?.BuiltinKeyword
    if (Porcupine && BuiltinKeyword) return ok({ Porcupine, BuiltinKeyword })
    return refuse({ code: 'engine_failed', message: `the package ${name} is not Porcupine 4` })
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    return refuse(
      isMissing
        ? { code: 'package_missing', message: `${name} is not installed: npm install ${name}, or use openWakeWord` }
        : { code: 'engine_failed', message: `the package ${name} does not load on this machine` },
    )
  }
}

/** Never passes the engine's own message on: it repeats the AccessKey. */
const failureOf = (error: unknown): WakeWordFailure => {
  const kind = error instanceof Error ? error.constructor.name : typeof error
  const aboutKey = refusals.has(kind) || (error instanceof Error && /AccessKey/i.test(error.message))
  if (!aboutKey) return { code: 'engine_failed', message: `Porcupine did not start (${kind})` }
  const reason = kind === 'PorcupineActivationLimitReachedError' ? 'it is in use on too many devices' : kind
  return {
    code: 'access_key_refused',
    message: `Porcupine refused the AccessKey (${reason}): check it at https://console.picovoice.ai, and that this device is online, or use openWakeWord`,
  }
}

const keywordsOf = (
  words: readonly string[],
  known: { readonly builtIn: readonly string[]; readonly files: { readonly [word: string]: string } },
): Result<readonly string[], WakeWordFailure> => {
  if (words.length === 0) return refuse({ code: 'no_words', message: 'at least one wake word is needed' })
  const keywords: string[] = []
  for (const word of words) {
    const builtIn = (aliases[word] ?? word).replaceAll('_', ' ')
    const keyword = Object.hasOwn(known.files, word)
      ? known.files[word]
      : known.builtIn.find((candidate) => candidate === builtIn)
    if (keyword === undefined) {
      const all = [...known.builtIn.map((name) => name.replaceAll(' ', '_')), ...Object.keys(known.files)].join(', ')
      return refuse({ code: 'unknown_word', message: `Porcupine has no wake word "${word}"; there are: ${all}` })
    }
    keywords.push(keyword)
  }
  return ok(keywords)
}

/**
 * Picovoice Porcupine behind the same interface, for owners with an AccessKey. Scores are 1: the engine gives none.
 *
 * Refuses with `access_key_missing`, `package_missing`, `access_key_refused`, `unknown_word`, `no_words` or `engine_failed`.
 */
export const createPorcupine = async (deps: PorcupineDeps): Promise<Result<ConfigurableWakeWord, WakeWordFailure>> => {
  const accessKey = deps.accessKey?.trim()
  if (!accessKey) return refuse(missingKey)
  const loaded = await loadPackage(deps.packageName ?? defaultPackage)
  if (!loaded.ok) return loaded
  const { Porcupine, BuiltinKeyword } = loaded.value
  const known = { builtIn: Object.values(BuiltinKeyword), files: deps.keywordFiles ?? {} }
  const open: OpenEngine = (settings) => {
    const keywords = keywordsOf(settings.words, known)
    if (!keywords.ok) return keywords
    const sensitivities = keywords.value.map(() => sensitivityOf[settings.preset])
    try {
      return ok(new Porcupine(accessKey, [...keywords.value], sensitivities))
    } catch (error) {
      return refuse(failureOf(error))
    }
  }
  const engine = open(deps.settings)
  return engine.ok ? ok(listenWith({ open, engine: engine.value, settings: deps.settings })) : engine
}

/** Porcupine beside openWakeWord: it takes its built-in words, "hey_jarvis" among them, and those that have a file. Refuses as `createPorcupine`. */
export const findPorcupine = async (
  deps: Omit<PorcupineDeps, 'settings'>,
): Promise<Result<WakeEngine, WakeWordFailure>> => {
  if (!deps.accessKey?.trim()) return refuse(missingKey)
  const loaded = await loadPackage(deps.packageName ?? defaultPackage)
  if (!loaded.ok) return loaded
  const known = { builtIn: Object.values(loaded.value.BuiltinKeyword), files: deps.keywordFiles ?? {} }
  return ok({
    name: 'Porcupine',
    knows: (word) => keywordsOf([word], known).ok,
    open: (settings) => createPorcupine({ ...deps, settings }),
  })
}

type OpenEngine = (settings: WakeSettings) => Result<Engine, WakeWordFailure>

const listenWith = (parts: { open: OpenEngine; engine: Engine; settings: WakeSettings }): ConfigurableWakeWord => {
  let { engine, settings } = parts
  let pending = new Int16Array(engine.frameLength)
  let pendingLength = 0
  let samplesHeard = 0
  let trigger: TriggerState = armedTrigger
  let closed = false

  const analyse = (): WakeDetection | undefined => {
    const heard = engine.process(pending)
    const scores = settings.words.map((word, index) => ({ word, score: index === heard ? 1 : 0 }))
    const [next, detection] = stepTrigger(trigger, { atSample: samplesHeard, prominenceDb: 0, scores }, rule)
    trigger = next
    return detection
  }

  const hear = async (frame: Int16Array): Promise<WakeDetection | undefined> => {
    if (frame.length !== captureFrameSamples) {
      throw new RangeError(`a frame has ${captureFrameSamples} samples, not ${frame.length}`)
    }
    let detection: WakeDetection | undefined
    for (const sample of frame) {
      samplesHeard++
      pending[pendingLength++] = sample
      if (pendingLength < pending.length) continue
      pendingLength = 0
      if (!closed) detection = analyse() ?? detection
    }
    return detection
  }

  return {
    hear,
    samplesHeard: () => samplesHeard,
    configure: async (wanted) => {
      if (closed) return refuse({ code: 'engine_failed', message: 'the wake word detector is closed' })
      const opened = parts.open(wanted)
      if (!opened.ok) return opened
      engine.release()
      engine = opened.value
      settings = wanted
      pending = new Int16Array(engine.frameLength)
      pendingLength = 0
      return ok(settings)
    },
    settings: () => settings,
    reset: () => {
      pendingLength = 0
      trigger = armedTrigger
    },
    close: async () => {
      if (closed) return
      closed = true
      engine.release()
    },
  }
}
