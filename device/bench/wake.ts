import { applyGain, concatSamples, gainOfDb, levelDbfs, mixInto } from '@mynah/shared/audio/pcm.ts'
import { createSileroVad } from '../src/vad/silero.ts'
import type { VoiceActivityDetector } from '../src/vad/voice-activity.ts'
import { createOpenWakeWord } from '../src/wake/open-wake-word.ts'
import { createSpeechEmbedder, embeddingChunkSamples, embeddingSize } from '../src/wake/speech-embedding.ts'
import {
  armedTrigger,
  type Scored,
  stepTrigger,
  type TriggerRule,
  triggerRuleOf,
  type WordScore,
} from '../src/wake/trigger.ts'
import type { ConfigurableWakeWord, WakeDetection, WakePreset } from '../src/wake/wake-word.ts'
import { builtInWords, embeddingsInView, openWordHead, type WordHead } from '../src/wake/word-head.ts'
import { framesOf, kitchenNoise, recording, recordingsIn } from '../test/recordings.ts'
import { speak, type Voice } from '../test/wake/synthetic-voice.ts'
import { voiceSpanOf } from './spoken-turn.ts'

/**
 * Hits, false wakes, delay and cost of the wake word, on synthetic voices and real recordings.
 * Run: `npx tsx device/bench/wake.ts [--sweep]` (needs flite and espeak-ng).
 */

const presets: readonly WakePreset[] = ['strict', 'normal', 'sensitive']
const rules = presets.map((preset) => ({ name: preset as string, rule: triggerRuleOf(preset) }))
if (process.argv.includes('--sweep')) {
  for (const threshold of [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]) {
    for (const hitsNeeded of [1, 2]) {
      const rule = { threshold, hitsNeeded, refractorySamples: 32_800, rearmBelow: 0.25 }
      rules.push({ name: `${threshold} x ${hitsNeeded}`, rule })
    }
  }
}
const voices: readonly Voice[] = [
  'flite:slt',
  'flite:rms',
  'flite:awb',
  'flite:kal16',
  'espeak:en-us',
  'espeak:en-gb',
  'espeak:en-us+f3',
  'espeak:en-us+m3',
]
const rates = [140, 170]
const followers = ['', ', what time is it', ', stop']
const confusable = [
  'hey travis',
  'hey jenny',
  'hey charles',
  'harvest',
  'a lexus',
  'alex said',
  'electric',
  'hey my craft',
]

const silence = (ms: number) => new Int16Array(ms * 16)

const inNoise = (sound: Int16Array, noise: Int16Array, mix: { snrDb: number; offset: number }): Int16Array => {
  if (!Number.isFinite(mix.snrDb)) return sound
  const start = mix.offset % (noise.length - sound.length)
  const under = noise.subarray(start, start + sound.length)
  const span = voiceSpanOf(sound)
  const voiceDbfs = levelDbfs(sound.subarray(span.startMs * 16, span.endMs * 16))
  const mixed = applyGain(under, gainOfDb(voiceDbfs - mix.snrDb - levelDbfs(under)))
  mixInto(mixed, sound)
  return mixed
}

type Utterance = { readonly text: string; readonly sound: Int16Array; readonly wordEndMs: number | undefined }

const utterancesOf = (word: string): readonly Utterance[] =>
  voices.flatMap((voice) =>
    rates.flatMap((rate) =>
      followers.map((follower, index) => {
        const text = word.replace('_', ' ') + follower
        const spoken = speak(text, voice, rate)
        // A quarter of a hop further each time: the word must be heard wherever it falls between two hops.
        const leadMs = 1_500 + 20 * ((index + rate / 10) % 4)
        const sound = concatSamples([silence(leadMs), spoken, silence(1_000)])
        // Only where the word stands alone is its end beyond doubt.
        const wordEndMs = follower === '' ? leadMs + voiceSpanOf(spoken).endMs : undefined
        return { text: `${voice} ${rate} "${text}"`, sound, wordEndMs }
      }),
    ),
  )

const percentile = (values: readonly number[], share: number) => {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN)
}

/** The scores of every hop: the networks run once, any number of rules are tried on the result. */
const tracerOf = async (words: readonly string[]) => {
  const embedder = await createSpeechEmbedder()
  const heads: WordHead[] = []
  for (const word of words) {
    const head = await openWordHead(word, {})
    if (head.ok) heads.push(head.value)
  }
  const trace = async (sound: Int16Array): Promise<readonly Scored[]> => {
    embedder.reset()
    const view = new Float32Array(embeddingsInView * embeddingSize)
    for (let index = 0; index < embeddingsInView; index++) view.set(embedder.ofSilence, index * embeddingSize)
    const hops: Scored[] = []
    for (let end = embeddingChunkSamples; end <= sound.length; end += embeddingChunkSamples) {
      view.copyWithin(0, embeddingSize)
      view.set(await embedder.embed(sound.subarray(end - embeddingChunkSamples, end)), view.length - embeddingSize)
      const scores: WordScore[] = []
      for (const head of heads) scores.push({ word: head.word, score: await head.score(view) })
      hops.push({ atSample: end, scores })
    }
    return hops.slice(5)
  }
  const close = async () => {
    await Promise.all([embedder.close(), ...heads.map((head) => head.close())])
  }
  return { trace, close }
}

const detectionsIn = (trace: readonly Scored[], rule: TriggerRule): readonly WakeDetection[] => {
  let state = armedTrigger
  return trace.flatMap((heard) => {
    const [next, detection] = stepTrigger(state, heard, rule)
    state = next
    return detection ? [detection] : []
  })
}

const reportHits = (label: string, utterances: readonly Utterance[], traces: readonly (readonly Scored[])[]) => {
  for (const { name, rule } of rules) {
    const heard = traces.map((trace) => detectionsIn(trace, rule))
    const hits = heard.filter((detections) => detections.length > 0).length
    const twice = heard.filter((detections) => detections.length > 1).length
    const delays = heard.flatMap(([first], index) => {
      const wordEndMs = utterances[index]?.wordEndMs
      return first && wordEndMs !== undefined ? [first.atSample / 16 - wordEndMs] : []
    })
    console.log(
      `${label} ${name.padEnd(14)} hits ${String(hits).padStart(3)} of ${utterances.length}  twice ${twice}` +
        `  end of word to decision p50 ${percentile(delays, 0.5)} p95 ${percentile(delays, 0.95)}` +
        ` max ${percentile(delays, 1)} ms of audio`,
    )
  }
}

const positives = async (word: string, noise: Int16Array) => {
  const { trace, close } = await tracerOf([word])
  const utterances = utterancesOf(word)
  for (const snrDb of [Number.POSITIVE_INFINITY, 20, 10]) {
    const traces: (readonly Scored[])[] = []
    for (const [index, utterance] of utterances.entries()) {
      traces.push(await trace(inNoise(utterance.sound, noise, { snrDb, offset: index * 77_777 })))
    }
    reportHits(`${word.padEnd(12)} ${Number.isFinite(snrDb) ? `${snrDb} dB` : 'clean'}`.padEnd(18), utterances, traces)
  }
  await close()
}

const realWords = async () => {
  const { trace, close } = await tracerOf(['alexa', 'hey_jarvis'])
  for (const file of recordingsIn('speech-en-wake')) {
    const hops = await trace(concatSamples([silence(1_000), recording(file), silence(1_000)]))
    const heard = rules.map(({ name, rule }) => {
      const words = detectionsIn(hops, rule).map(
        ({ word, atSample }) => `${word} at ${Math.round(atSample / 16 - 1_000)}`,
      )
      return `${name}: ${words.join(', ') || 'nothing'}`
    })
    console.log(`${file}  ${heard.join('  ')}`)
  }
  await close()
}

type Labelled = { readonly name: string; readonly sound: Int16Array }

const reportFalseWakes = async (label: string, sounds: readonly Labelled[]) => {
  const { trace, close } = await tracerOf(builtInWords)
  const minutes = sounds.reduce((sum, { sound }) => sum + sound.length / 960_000, 0)
  const traces: { name: string; hops: readonly Scored[] }[] = []
  for (const { name, sound } of sounds) traces.push({ name, hops: await trace(sound) })
  for (const { name: ruleName, rule } of rules) {
    const woken = traces.flatMap(({ name, hops }) =>
      detectionsIn(hops, rule).map(({ word, score }) => `${word} ${score.toFixed(2)} in ${name}`),
    )
    console.log(`false wakes, ${label} (${minutes.toFixed(1)} min), ${ruleName}: ${woken.length}  ${woken.join('; ')}`)
  }
  await close()
}

const negatives = async (noise: Int16Array) => {
  const folders = ['speech-en-commands', 'speech-en-read', 'speech-en-cards']
  const real = folders.flatMap((folder) => recordingsIn(folder).map((file) => ({ name: file, sound: recording(file) })))
  await reportFalseWakes('real recordings', [...real, { name: 'kitchen.wav', sound: noise }])
  const alike = confusable.flatMap((text) =>
    voices.map((voice) => ({
      name: `${voice} "${text}"`,
      sound: concatSamples([silence(1_000), speak(text, voice), silence(1_000)]),
    })),
  )
  await reportFalseWakes('alike words', alike)
}

const cost = async (detector: ConfigurableWakeWord, vad: VoiceActivityDetector, noise: Int16Array) => {
  const frames = framesOf(noise)
  const seconds = frames.length / 50
  const measure = async (label: string, hearFrame: (frame: Int16Array) => Promise<unknown>) => {
    const before = process.cpuUsage()
    for (const frame of frames) await hearFrame(frame)
    const { user, system } = process.cpuUsage(before)
    const share = (user + system) / 10_000 / seconds
    console.log(
      `cost  ${label.padEnd(28)} ${Math.round(((user + system) / seconds) * 0.08)} us per 80 ms  ${share.toFixed(2)} % of a core` +
        `  RSS ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`,
    )
  }
  await detector.configure({ words: ['hey_jarvis'], preset: 'normal' })
  await measure('wake, one word', (frame) => detector.hear(frame))
  await measure('VAD', (frame) => vad.hear(frame))
  await measure('wake, one word, and VAD', async (frame) => {
    await detector.hear(frame)
    await vad.hear(frame)
  })
  await detector.configure({ words: builtInWords, preset: 'normal' })
  await measure('wake, four words', (frame) => detector.hear(frame))
}

const created = await createOpenWakeWord({ settings: { words: ['hey_jarvis'], preset: 'normal' } })
if (!created.ok) throw new Error(created.error.message)
const detector = created.value
const vad = await createSileroVad()
const noise = kitchenNoise()
await cost(detector, vad, noise)
await Promise.all([detector.close(), vad.close()])
for (const word of builtInWords) await positives(word, noise)
await realWords()
await negatives(noise)
