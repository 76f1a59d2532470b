import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { captureFrameSamples, captureSampleRateHz } from '../audio/ports.ts'
import { createRingBuffer } from '../audio/ring-buffer.ts'
import { type NearMiss, noNearMiss, stepNearMiss } from './near-miss.ts'
import { type OwnWord, openOwnWord } from './own-word.ts'
import { createSpeechEmbedder, embeddingChunkSamples } from './speech-embedding.ts'
import {
  armedTrigger,
  type Scored,
  stepTrigger,
  type TriggerRule,
  type TriggerState,
  triggerRuleOf,
} from './trigger.ts'
import type { ConfigurableWakeWord, WakeDetection, WakePreset, WakeSettings, WakeWordFailure } from './wake-word.ts'
import { openWordHead, type WordHead } from './word-head.ts'
import { createWordScoring } from './word-scores.ts'

const nearMissSamples = 2.5 * captureSampleRateHz

type OpenWakeWordDeps = {
  readonly settings: WakeSettings
  /** Heads beside the built-in ones: a word's name -> its openWakeWord ONNX file. */
  readonly customHeads?: { readonly [word: string]: string }
  /** In the place of the rule of the preset. */
  readonly rule?: TriggerRule
  /** Called with the last two seconds when something was nearly a word; without it nothing is kept. */
  readonly onNearMiss?: (miss: NearMiss, samples: Int16Array) => void
  /** What the owner has recorded: listened for beside the configured words. Asked again at each `configure`. */
  readonly ownWords?: () => Promise<readonly OwnWord[]>
}

type HeadSources = { readonly customHeads: { readonly [word: string]: string }; readonly own: readonly OwnWord[] }

const failureOf = (error: unknown): WakeWordFailure => ({
  code: 'engine_failed',
  message: `openWakeWord did not start: ${error instanceof Error ? error.message : String(error)}`,
})

const openHeads = async (
  configured: readonly string[],
  { customHeads, own }: HeadSources,
): Promise<Result<readonly WordHead[], WakeWordFailure>> => {
  if (configured.length === 0) return refuse({ code: 'no_words', message: 'at least one wake word is needed' })
  const names = new Set([...configured, ...own.filter(({ active }) => active !== false).map(({ word }) => word)])
  const opened = await Promise.all(
    [...names].map(async (name) => {
      const recorded = own.find(({ word }) => word === name)
      return recorded ? ok(openOwnWord(recorded)) : openWordHead(name, customHeads)
    }),
  )
  const heads = opened.flatMap((result) => (result.ok ? [result.value] : []))
  const failed = opened.find((result) => !result.ok)
  if (!failed || failed.ok) return ok(heads)
  await Promise.all(heads.map((head) => head.close()))
  return failed
}

/**
 * openWakeWord (github.com/dscripka/openWakeWord): several words share one mel spectrogram and one embedding network; each
 * word adds a small head. Decides every 80 ms. Some 2 % of one core of a desktop processor, on one thread.
 *
 * Refuses with `unknown_word`, `no_words`, `model_unreadable` or `engine_failed`. The built-in heads are CC BY-NC-SA 4.0.
 */
export const createOpenWakeWord = async (
  deps: OpenWakeWordDeps,
): Promise<Result<ConfigurableWakeWord, WakeWordFailure>> => {
  const headsFor = async (words: readonly string[]) =>
    openHeads(words, { customHeads: deps.customHeads ?? {}, own: (await deps.ownWords?.()) ?? [] })
  const opened = await headsFor(deps.settings.words)
  if (!opened.ok) return opened
  try {
    const embedder = await createSpeechEmbedder()
    return ok(
      listenWith({
        embedder,
        heads: opened.value,
        preset: deps.settings.preset,
        ruleOf: (preset) => deps.rule ?? triggerRuleOf(preset),
        headsFor,
        ...(deps.onNearMiss ? { onNearMiss: deps.onNearMiss } : {}),
      }),
    )
  } catch (error) {
    await Promise.all(opened.value.map((head) => head.close()))
    return refuse(failureOf(error))
  }
}

type Parts = {
  readonly embedder: Awaited<ReturnType<typeof createSpeechEmbedder>>
  readonly heads: readonly WordHead[]
  readonly preset: WakePreset
  readonly ruleOf: (preset: WakePreset) => TriggerRule
  readonly onNearMiss?: OpenWakeWordDeps['onNearMiss']
  readonly headsFor: (words: readonly string[]) => Promise<Result<readonly WordHead[], WakeWordFailure>>
}

const settingsOf = (heads: readonly WordHead[], preset: WakePreset): WakeSettings => ({
  words: heads.map((head) => head.word),
  preset,
})

const listenWith = (parts: Parts): ConfigurableWakeWord => {
  const { embedder, onNearMiss } = parts
  let { heads } = parts
  let settings = settingsOf(heads, parts.preset)
  const scoring = createWordScoring(embedder)
  let chunk = new Int16Array(embeddingChunkSamples)
  let chunkLength = 0
  let isOverOwnSound = false
  let samplesHeard = 0
  let trigger: TriggerState = armedTrigger
  let near = noNearMiss
  const recent = onNearMiss && createRingBuffer({ capacitySamples: nearMissSamples })
  // A result that was under way when everything was forgotten must not wake anybody.
  let generation = 0
  let closed = false
  // Analyses and changes happen one after the other, in the order in which they were asked for.
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const done = turn.then(task)
    turn = done.catch(() => {})
    return done
  }

  const forget = () => {
    scoring.forget()
    trigger = armedTrigger
    near = noNearMiss
    recent?.forget()
  }
  forget()

  const noteNearMiss = (heard: Scored, of: { detection: WakeDetection | undefined; rule: TriggerRule }) => {
    const [next, miss] = stepNearMiss(near, heard, of)
    near = next
    if (miss && recent) onNearMiss?.(miss, recent.read(recent.oldestSample(), recent.nextSample()).samples)
  }
  const analyse = async (
    sound: Int16Array,
    { atSample, isOverOwnSound, of }: { atSample: number; isOverOwnSound: boolean; of: number },
  ): Promise<WakeDetection | undefined> => {
    if (closed || of !== generation) return undefined
    const scored = await scoring.score(sound, heads)
    if (!scored || of !== generation) return undefined
    const heard = { atSample, ...scored, ...(isOverOwnSound ? { prominenceDb: 0 } : {}) }
    const rule = parts.ruleOf(settings.preset)
    const [next, detection] = stepTrigger(trigger, heard, rule)
    trigger = next
    if (recent) noteNearMiss(heard, { detection, rule })
    return detection
  }

  const hear: ConfigurableWakeWord['hear'] = async (frame, over = 'room') => {
    if (frame.length !== captureFrameSamples) {
      throw new RangeError(`a frame has ${captureFrameSamples} samples, not ${frame.length}`)
    }
    recent?.write(frame)
    chunk.set(frame, chunkLength)
    chunkLength += frame.length
    if (over === 'own_sound') isOverOwnSound = true
    samplesHeard += frame.length
    if (chunkLength < embeddingChunkSamples) return undefined
    const [sound, heardAs] = [chunk, { atSample: samplesHeard, isOverOwnSound, of: generation }]
    chunk = new Int16Array(embeddingChunkSamples)
    chunkLength = 0
    isOverOwnSound = false
    return inTurn(() => analyse(sound, heardAs))
  }

  const change = async (wanted: WakeSettings): Promise<Result<WakeSettings, WakeWordFailure>> => {
    if (closed) return refuse({ code: 'engine_failed', message: 'the wake word detector is closed' })
    const added = await parts.headsFor(wanted.words)
    if (!added.ok) return added
    const before = heads
    heads = added.value
    settings = settingsOf(heads, wanted.preset)
    await Promise.all(before.map((head) => head.close()))
    return ok(settings)
  }

  return {
    hear,
    samplesHeard: () => samplesHeard,
    configure: (wanted) => inTurn(() => change(wanted)),
    settings: () => settings,
    reset: () => {
      generation++
      chunkLength = 0
      void inTurn(async () => forget())
    },
    close: () =>
      inTurn(async () => {
        if (closed) return
        closed = true
        await Promise.all([embedder.close(), ...heads.map((head) => head.close())])
      }),
  }
}
