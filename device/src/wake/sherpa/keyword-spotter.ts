import type { Log } from '@mynah/shared/log/log.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import { captureFrameSamples } from '../../audio/ports.ts'
import type { WakeEngine } from '../wake-engines.ts'
import type { ConfigurableWakeWord, WakeDetection, WakeSettings, WakeWordFailure } from '../wake-word.ts'
import { type KeywordModel, readKeywordModel } from './keyword-model.ts'
import type { SpotterProcess } from './spotter-process.ts'

export type KeywordSpotterDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly start: () => SpotterProcess
}

/** Loading takes a second on a Pi 4. */
const readyWithinMs = 20_000
/** One that has run and died is started again after this. */
const restartMs = 10_000
/** One utterance of a word wakes once. */
const refractorySamples = 16_000

/** Starts the process and waits until its model is loaded. */
const openProcess = (
  { clock, start }: KeywordSpotterDeps,
  open: { readonly model: KeywordModel; readonly settings: WakeSettings },
): Promise<Result<SpotterProcess, WakeWordFailure>> =>
  new Promise((resolve) => {
    const spotter = start()
    const settle = (outcome: Result<SpotterProcess, WakeWordFailure>) => {
      timeout.cancel()
      if (!outcome.ok) spotter.kill()
      resolve(outcome)
    }
    const timeout = clock.startTimer(readyWithinMs, () =>
      settle(refuse({ code: 'engine_failed', message: 'sherpa-onnx does not load its keyword model' })),
    )
    spotter.onExit((why) =>
      settle(
        refuse({
          code: 'model_unreadable',
          message: `sherpa-onnx ended with its keyword model (${why}): is it one for keywords?`,
        }),
      ),
    )
    spotter.onMessage((message) => {
      if (message.type === 'ready') settle(ok(spotter))
      if (message.type === 'missing') {
        const message_ = `sherpa-onnx does not start (${message.reason}); a bundle has it with: npm run bundle -- --with-sherpa`
        settle(refuse({ code: 'package_missing', message: message_ }))
      }
    })
    const { lines, ...files } = open.model
    spotter.send({
      type: 'open',
      model: files,
      lines: open.settings.words.map((word) => lines.get(word) ?? ''),
      preset: open.settings.preset,
    })
  })

/**
 * Keyword spotting by a sherpa-onnx model in a process of its own, for any voice: a word is known by its tokens. Frames go there without
 * waiting; what it has heard is the answer to the next frame. Scores are 1: the engine gives none.
 */
const openSpotter = async (
  deps: KeywordSpotterDeps,
  model: KeywordModel,
  wanted: WakeSettings,
): Promise<Result<ConfigurableWakeWord, WakeWordFailure>> => {
  const unknown = wanted.words.find((word) => !model.lines.has(word))
  if (wanted.words.length === 0) return refuse({ code: 'no_words', message: 'at least one wake word is needed' })
  if (unknown !== undefined) {
    const all = [...model.lines.keys()].join(', ')
    return refuse({
      code: 'unknown_word',
      message: `the keyword model has no line for "${unknown}"; there are: ${all}`,
    })
  }
  const first = await openProcess(deps, { model, settings: wanted })
  if (!first.ok) return first

  let settings = wanted
  let spotter: SpotterProcess | undefined
  let heard: WakeDetection | undefined
  let samplesHeard = 0
  let wokenAtSample = Number.NEGATIVE_INFINITY
  let restart: Timer | undefined
  let closed = false

  /** What a process says that has been replaced counts no more. */
  const attach = (process: SpotterProcess) => {
    spotter = process
    process.onMessage((message) => {
      if (message.type === 'heard' && process === spotter)
        heard = { word: message.word, score: 1, atSample: message.atSample }
    })
    process.onExit((why) => {
      if (process !== spotter) return
      spotter = undefined
      deps.log.error('the process that spots keywords ended', { why })
      restart = deps.clock.startTimer(restartMs, () => void again())
    })
  }
  const again = async () => {
    const opened = await openProcess(deps, { model, settings })
    if (closed) return void (opened.ok && opened.value.kill())
    if (opened.ok) return attach(opened.value)
    restart = deps.clock.startTimer(restartMs, () => void again())
  }
  const replace = (process: SpotterProcess | undefined) => {
    restart?.cancel()
    const before = spotter
    spotter = undefined
    before?.kill()
    if (process) attach(process)
  }
  attach(first.value)

  return ok({
    hear: async (frame) => {
      if (frame.length !== captureFrameSamples) {
        throw new RangeError(`a frame has ${captureFrameSamples} samples, not ${frame.length}`)
      }
      samplesHeard += frame.length
      spotter?.send({ type: 'frame', samples: frame.slice(), endSample: samplesHeard })
      const detection = heard
      heard = undefined
      if (!detection || detection.atSample - wokenAtSample < refractorySamples) return undefined
      wokenAtSample = detection.atSample
      return detection
    },
    samplesHeard: () => samplesHeard,
    configure: async (next) => {
      if (closed) return refuse({ code: 'engine_failed', message: 'the wake word detector is closed' })
      const missing = next.words.find((word) => !model.lines.has(word))
      if (missing !== undefined)
        return refuse({ code: 'unknown_word', message: `the keyword model has no line for "${missing}"` })
      const opened = await openProcess(deps, { model, settings: next })
      if (!opened.ok) return opened
      replace(opened.value)
      settings = next
      return ok(settings)
    },
    settings: () => settings,
    reset: () => {
      heard = undefined
      spotter?.send({ type: 'reset' })
    },
    close: async () => {
      closed = true
      replace(undefined)
    },
  })
}

/** The words of a model folder beside openWakeWord. Refuses with `model_unreadable` when the folder is none of a model. */
export const findKeywordSpotter = (deps: KeywordSpotterDeps, dir: string): Result<WakeEngine, WakeWordFailure> => {
  const model = readKeywordModel(dir)
  if (!model.ok) return model
  return ok({
    name: 'sherpa-onnx',
    knows: (word) => model.value.lines.has(word),
    open: (settings) => openSpotter(deps, model.value, settings),
  })
}
