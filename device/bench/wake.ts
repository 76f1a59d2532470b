import { parseArgs } from 'node:util'
import { concatSamples } from '@mynah/shared/audio/pcm.ts'
import { builtInWords } from '@mynah/shared/wire/built-in-words.ts'
import { createSileroVad } from '../src/vad/silero.ts'
import { createOpenWakeWord } from '../src/wake/open-wake-word.ts'
import type { OwnWord } from '../src/wake/own-word.ts'
import { type TriggerRule, triggerRuleOf } from '../src/wake/trigger.ts'
import type { WakePreset } from '../src/wake/wake-word.ts'
import { framesOf, hasRecordings, kitchenNoise, recording, recordingsIn } from '../test/recordings.ts'
import { enrolAll, enrolments, saidByOthers, saidByOwner } from './wake/own-words.ts'
import { droppedOf, openSecondStage } from './wake/second-stage.ts'
import {
  alikeWords,
  inNoise,
  type Negative,
  readAloud,
  realSpeech,
  type Spoken,
  silence,
  soundsIn,
  spokenWords,
} from './wake/sounds.ts'
import { cellOf, falseAcceptsOf, hitsOf, type NamedRule, tableOf } from './wake/tables.ts'
import { openTracer, type Trace, type Tracer } from './wake/traces.ts'

/**
 * `npm run wake:report`: what the presets miss, what wakes them by mistake, how late they decide and what they cost, as tables for
 * README and docs/wake-words.md. Needs flite and espeak-ng; real recordings are used where they are.
 */
const { values: options } = parseArgs({
  options: {
    /** Which tables; all when absent. */
    only: { type: 'string', multiple: true },
    /** Folders of WAV files in which nobody says a wake word. */
    also: { type: 'string', multiple: true, default: [] },
    /** Of synthetic reading. */
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    /** Kitchen noise under that in which nobody says a wake word, so many dB below it. */
    'noise-below': { type: 'string' },
    /** Other thresholds beside the presets. */
    sweep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  process.stdout.write(`npm run wake:report -- [options]: what the wake words miss, what wakes them by mistake, how late they decide.
  --only TABLE      of missed, own, false, second, cost; again for more than one (all)
  --also FOLDER     WAV files in which nobody says a wake word; again for more than one
  --minutes N       of synthetic reading in which nobody does (20), chosen by --seed N (1)
  --noise-below DB  kitchen noise under all of that, so many dB below it
  --sweep           other thresholds beside the presets
`)
  process.exit(0)
}
const wants = (table: string) => options.only === undefined || options.only.includes(table)

const presets: readonly WakePreset[] = ['strict', 'normal', 'sensitive']
const sweptRule = (threshold: number, three: number): TriggerRule => ({
  ...triggerRuleOf('normal'),
  quiet: { one: threshold, three: three * threshold },
  noisy: { one: threshold, three: three * threshold },
})
const rules: readonly NamedRule[] = [
  ...presets.map((name) => ({ name, rule: triggerRuleOf(name) })),
  ...(options.sweep ? [0.15, 0.2, 0.25, 0.3, 0.4, 0.5] : []).flatMap((threshold) =>
    [2, 3].map((three) => ({ name: `${threshold}, three ${three * threshold}`, rule: sweptRule(threshold, three) })),
  ),
]
const ruleNames = rules.map(({ name }) => name)
const noiseLevels = [Number.POSITIVE_INFINITY, 20, 10, 5]
const levelName = (snrDb: number) => (Number.isFinite(snrDb) ? `${snrDb} dB` : 'clean')
const noise = hasRecordings ? kitchenNoise() : undefined
const print = (title: string, table: string) => process.stdout.write(`\n${title}\n\n${table}\n`)

const traceAll = async (tracer: Tracer, spoken: readonly Spoken[], snrDb: number): Promise<readonly Trace[]> => {
  const traces: Trace[] = []
  for (const [index, { sound }] of spoken.entries()) {
    traces.push(await tracer.trace(noise ? inNoise(sound, noise, { snrDb, offset: index * 77_777 }) : sound))
  }
  return traces
}

const missedRows = async (spoken: readonly Spoken[], tracer: Tracer, word: string) => {
  const rows: string[][] = []
  for (const snrDb of noise ? noiseLevels : noiseLevels.slice(0, 1)) {
    const traces = await traceAll(tracer, spoken, snrDb)
    rows.push([word, levelName(snrDb), ...rules.map((rule) => cellOf(hitsOf(spoken, traces, { ...rule, word })))])
  }
  return rows
}

const reportMissed = async () => {
  const rows: string[][] = []
  for (const word of builtInWords.keys()) {
    const tracer = await openTracer([word])
    rows.push(...(await missedRows(spokenWords(word), tracer, word)))
    await tracer.close()
  }
  if (hasRecordings) rows.push(...(await realRows()))
  print(
    'Missed, and end of the word to decision (median/95th percentile)',
    tableOf(['word', 'noise', ...ruleNames], rows),
  )
}

/** Two recordings of a real "alexa". */
const realRows = async () => {
  const tracer = await openTracer(['alexa'])
  const spoken = recordingsIn('speech-en-wake')
    .filter((file) => file.includes('alexa'))
    .map((file) => ({
      name: file,
      sound: concatSamples([silence(1_000), recording(file), silence(1_000)]),
      wordEndMs: undefined,
    }))
  const rows = await missedRows(spoken, tracer, 'alexa')
  await tracer.close()
  return rows.map(([, ...cells]) => ['alexa, real', ...cells])
}

const reportOwnWords = async (own: readonly OwnWord[]) => {
  const tracer = await openTracer([], own)
  const rows: string[][] = []
  for (const enrolment of enrolments) {
    const { word } = enrolment
    rows.push(...(await missedRows(saidByOwner(enrolment), tracer, word)))
    const others = saidByOthers(enrolment)
    const traces = await traceAll(tracer, others, Number.POSITIVE_INFINITY)
    rows.push([
      word,
      'other voices',
      ...rules.map((rule) => {
        const { missed, of } = hitsOf(others, traces, { ...rule, word })
        return `heard ${of - missed} of ${of}`
      }),
    ])
  }
  await tracer.close()
  print(
    'Words of ones own, three recordings each: missed of the same voice',
    tableOf(['word', 'noise', ...ruleNames], rows),
  )
}

/** A passage may be longer than the recording of noise, which then goes on from its beginning. */
const noisily = (sound: Int16Array, passage: number): Int16Array => {
  const below = options['noise-below']
  if (below === undefined || !noise) return sound
  const enough = concatSamples(Array.from({ length: Math.ceil(sound.length / noise.length) + 1 }, () => noise))
  return inNoise(sound, enough, { snrDb: Number(below), offset: passage * 77_777 })
}

const traceNegatives = async (tracer: Tracer, sounds: Iterable<Negative>, limitMinutes = Number.POSITIVE_INFINITY) => {
  const traces: Trace[] = []
  let minutes = 0
  for (const { read } of sounds) {
    if (minutes >= limitMinutes) break
    const sound = concatSamples([read(), silence(600)])
    traces.push(await tracer.trace(noisily(sound, traces.length)))
    minutes += sound.length / 960_000
  }
  return { traces, minutes }
}

const reportFalseAccepts = async (own: readonly OwnWord[]) => {
  const tracer = await openTracer([...builtInWords.keys()], own)
  const words = [...builtInWords.keys(), ...own.map(({ word }) => word)]
  const kinds: [string, Iterable<Negative>, number?][] = [
    ['real speech and kitchen noise', realSpeech()],
    ...options.also.map((folder): [string, Iterable<Negative>] => [folder, soundsIn(folder)]),
    ['synthetic reading', readAloud(Number(options.seed)), Number(options.minutes)],
    ['words that sound alike', alikeWords()],
  ]
  const rows: string[][] = []
  for (const [kind, sounds, limitMinutes] of kinds) {
    const { traces, minutes } = await traceNegatives(tracer, sounds, limitMinutes)
    const counts = rules.map(({ rule }) => falseAcceptsOf(traces, rule, words).join(' '))
    rows.push([kind, (minutes / 60).toFixed(2), ...counts])
  }
  await tracer.close()
  print(`Woken by mistake: ${words.join(', ')}`, tableOf(['sound', 'hours', ...ruleNames], rows))
}

const spokenWord = 'hey jarvis'
const checkedWord = 'hey_jarvis'

/** What the cloud's check makes of the wakes of each preset, true and false. */
const reportSecondStage = async () => {
  const tracer = await openTracer([checkedWord])
  const stage = await openSecondStage(spokenWord)
  const rows: string[][] = []
  const judge = async (label: string, sounds: Iterable<Int16Array>) => {
    const counts = await droppedOf({ tracer, stage, rules }, sounds)
    rows.push([label, ...counts.map(({ dropped, woken }) => `${dropped} of ${woken}`)])
  }
  const spoken = spokenWords(checkedWord)
  for (const snrDb of noise ? noiseLevels : noiseLevels.slice(0, 1)) {
    const sounds = spoken.map(({ sound }, index) =>
      noise ? inNoise(sound, noise, { snrDb, offset: index * 77_777 }) : sound,
    )
    await judge(`${checkedWord}, ${levelName(snrDb)}`, sounds)
  }
  await judge('words that sound alike', readAll(alikeWords()))
  for (const folder of options.also) await judge(folder, readAll(soundsIn(folder)))
  await Promise.all([tracer.close(), stage.close()])
  print(
    `Dropped by the second check, of so many wakes (${Math.round(stage.computeMs())} ms of CPU each)`,
    tableOf(['sound', ...ruleNames], rows),
  )
}

const readAll = function* (sounds: Iterable<Negative>) {
  for (const { read } of sounds) yield concatSamples([read(), silence(600)])
}

const reportCost = async (own: readonly OwnWord[]) => {
  const created = await createOpenWakeWord({
    settings: { words: ['hey_jarvis'], preset: 'normal' },
    ownWords: async () => own,
  })
  if (!created.ok) throw new Error(created.error.message)
  const [detector, vad] = [created.value, await createSileroVad()]
  const frames = framesOf((noise ?? silence(30_000)).subarray(0, 16_000 * 30))
  const rows: string[][] = []
  const measure = async (label: string, hearFrame: (frame: Int16Array) => Promise<unknown>) => {
    const before = process.cpuUsage()
    for (const frame of frames) await hearFrame(frame)
    const { user, system } = process.cpuUsage(before)
    const share = (user + system) / 10_000 / (frames.length / 50)
    rows.push([label, share.toFixed(2), String(Math.round(process.memoryUsage().rss / 2 ** 20))])
  }
  await measure(`1 word and ${own.length} own`, detector.hear)
  await detector.configure({ words: ['hey_jarvis', 'alexa'], preset: 'normal' })
  await measure(`2 words and ${own.length} own`, detector.hear)
  await detector.configure({ words: [...builtInWords.keys()], preset: 'normal' })
  await measure(`4 words and ${own.length} own`, detector.hear)
  await measure('voice activity', vad.hear)
  await Promise.all([detector.close(), vad.close()])
  print('Cost', tableOf(['listening for', '% of a core', 'RSS, MiB'], rows))
}

const own = await enrolAll()
if (wants('missed')) await reportMissed()
if (wants('own')) await reportOwnWords(own)
if (wants('false')) await reportFalseAccepts(own)
if (wants('second')) await reportSecondStage()
if (wants('cost')) await reportCost(own)
