import { concatSamples, mixInto } from '@mynah/shared/audio/pcm.ts'
import { withoutWakeWord } from '@mynah/shared/dialogue/wake-prefix.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { describe, expect, it } from 'vitest'
import { both, requirement } from '../../../test/requirement.ts'
import { requestIn } from '../../src/understanding/request-in.ts'
import type { WakeBefore } from '../../src/understanding/understanding.ts'
import type { FromUnderstanding } from '../../src/understanding/understanding-messages.ts'
import { createUnderstandingWorker } from '../../src/understanding/understanding-worker.ts'
import { createOpenWakeWord } from '../../src/wake/open-wake-word.ts'
import { framesOf, mandarinData, mandarinModelDir, recording, recordingsIn } from '../recordings.ts'
import { flite, speak } from '../wake/synthetic-voice.ts'

const hush = (ms: number) => new Int16Array(ms * 16)
const preRollMs = 1_500

describe('the request in what was said', () => {
  const samples = concatSamples([
    new Int16Array(16 * 1_480).fill(5_000),
    hush(200),
    new Int16Array(16 * 600).fill(5_000),
  ])
  const startMs = (word: string, language: Language) =>
    (samples.length - requestIn({ type: 'sound', samples, wake: { word, decidedMs: preRollMs } }, language).length) / 16
  it('begins behind a word that the recogniser cannot hear', () => {
    expect(startMs('hey_jarvis', 'zh')).toBe(1_490)
    expect(startMs('小智小智', 'zh')).toBe(1_490)
    expect(startMs('小智小智', 'en')).toBe(1_490)
  })
  it('begins with a word that it can hear, and is all where nobody called', () => {
    expect(startMs('hey_jarvis', 'en')).toBe(0)
    expect(requestIn({ type: 'sound', samples }, 'zh')).toBe(samples)
  })
})

/** The process that understands, without its process. */
const open = async (language: Language) => {
  const waiting: ((message: FromUnderstanding) => void)[] = []
  const send = createUnderstandingWorker({
    clock: systemClock,
    random: Math.random,
    newId: () => 'id',
    searchPath: '',
    send: (message) => waiting.shift()?.(message),
  })
  const next = () => new Promise<FromUnderstanding>((resolve) => waiting.push(resolve))
  const ready = next()
  send({ type: 'open', language, zhModelDir: mandarinModelDir })
  const speaker = { deviceId: 'kitchen', language, timeZone: 'UTC', volume: 50, schedule: [] } as const
  return {
    canHear: (await ready).type === 'ready',
    hear: async (samples: Int16Array, wake?: WakeBefore): Promise<string> => {
      const said = { type: 'sound', samples, ...(wake ? { wake } : {}) } as const
      const answered = next()
      send({ type: 'answer', requestId: 1, request: { said, speaker, nowMs: 0, tellAway: false } })
      const message = await answered
      return message.type === 'answered' ? withoutWakeWord(message.answer.heard) : message.type
    },
  }
}

const audible = 300
const spokenPart = (sound: Int16Array): Int16Array => {
  const isAudible = (sample: number) => Math.abs(sample) >= audible
  return sound.slice(sound.findIndex(isAudible), sound.findLastIndex(isAudible) + 1)
}
/** In the noise of a quiet room. */
const inRoom = (...parts: readonly Int16Array[]): Int16Array => {
  const sound = concatSamples(parts)
  mixInto(
    sound,
    Int16Array.from(sound, (_, at) => ((at * 7_919) % 41) - 20),
  )
  return sound
}
/** As the speaker keeps it: from so long before the decision, which is what the detector really said of "hey jarvis". */
const fromDecision = (sound: Int16Array, decidedSample: number) => sound.slice(decidedSample - preRollMs * 16)
const decisionIn = async (sound: Int16Array): Promise<number> => {
  const detector = await createOpenWakeWord({ settings: { words: ['hey_jarvis'], preset: 'normal' } })
  if (!detector.ok) throw new Error(detector.error.message)
  try {
    for (const frame of framesOf(sound)) {
      const detection = await detector.value.hear(frame)
      if (detection) return detection.atSample
    }
  } finally {
    await detector.value.close()
  }
  throw new Error('"hey jarvis" was not heard')
}

const material = both(mandarinData, flite)
const mandarin = material.isMet ? await open('zh') : undefined
const english = material.isMet ? await open('en') : undefined
const mandarinCommands = [
  ['zr1.wav', '现在几点'],
  ['zr8.wav', '声音大一点'],
  ['zr15.wav', '停止'],
] as const
const pausesMs = [60, 150, 350] as const

type Heard = { readonly said: string; readonly passed: string; readonly left: string }

/** What is heard of all, with the word passed over and with the word left where it is. */
const heardOf = async (
  ear: Awaited<ReturnType<typeof open>>,
  spoken: { readonly said: string; readonly sound: Int16Array; readonly wake: WakeBefore },
): Promise<Heard> => ({
  said: spoken.said,
  passed: await ear.hear(spoken.sound, spoken.wake),
  left: await ear.hear(spoken.sound),
})
const rightOf = (all: readonly Heard[], which: 'passed' | 'left') =>
  all.filter((heard) => heard[which].replace(/了$/, '') === heard.said).length

const ears = both(
  material,
  requirement(mandarin?.canHear === true && english?.canHear === true, 'pocketsphinx: apt install pocketsphinx-en-us'),
)

describe.skipIf(!ears.isMet)(ears.naming('without the cloud'), () => {
  it('Mandarin is understood after an English wake word', async () => {
    if (!mandarin) return
    const all: Heard[] = []
    const word = spokenPart(speak('hey jarvis', 'flite:slt'))
    for (const [file, said] of mandarinCommands) {
      const command = spokenPart(recording(`speech-zh/spliced-commands/${file}`))
      for (const pauseMs of pausesMs) {
        const whole = inRoom(hush(2_500), word, hush(pauseMs), command, hush(600))
        const sound = fromDecision(whole, await decisionIn(whole))
        all.push(await heardOf(mandarin, { said, sound, wake: { word: 'hey_jarvis', decidedMs: preRollMs } }))
      }
    }
    expect(rightOf(all, 'passed'), JSON.stringify(all)).toBe(all.length)
    expect(rightOf(all, 'left')).toBeLessThan(all.length)
  }, 30_000)

  it('Mandarin that was not said is not made of what is said in English', async () => {
    if (!mandarin) return
    const heard: string[] = []
    for (const file of recordingsIn('speech-en-read').filter((name) => !name.includes('aishell')))
      heard.push(await mandarin.hear(inRoom(hush(500), recording(file).subarray(0, 16 * 8_000), hush(600))))
    const taken = heard.filter((text) => text !== '')
    expect(heard.length).toBeGreaterThan(3)
    expect(taken.length, JSON.stringify(heard)).toBeLessThan(heard.length / 2)
  }, 30_000)

  /** Words of an owner, at three moments at which they may be decided. */
  const afterOwnWord = async (
    ear: Awaited<ReturnType<typeof open>>,
    commands: readonly (readonly [Int16Array, string])[],
  ): Promise<readonly Heard[]> => {
    const all: Heard[] = []
    for (const [index, file] of ['pr1.wav', 'pr6.wav', 'pr11.wav'].entries()) {
      const word = spokenPart(recording(`speech-zh/wake-xiaozhi/${file}`))
      for (const [command, said] of commands) {
        const sound = inRoom(hush(2_500), word, hush(pausesMs[index] ?? 0), command, hush(600))
        const decided = hush(2_500).length + word.length + index * 80 * 16
        const wake = { word: '小智小智', decidedMs: preRollMs }
        all.push(await heardOf(ear, { said, sound: fromDecision(sound, decided), wake }))
      }
    }
    return all
  }
  it('Mandarin is understood after a Mandarin word of its owner', async () => {
    if (!mandarin) return
    const commands = mandarinCommands.map(
      ([file, said]) => [spokenPart(recording(`speech-zh/spliced-commands/${file}`)), said] as const,
    )
    const all = await afterOwnWord(mandarin, commands)
    expect(rightOf(all, 'passed'), JSON.stringify(all)).toBe(all.length)
    expect(rightOf(all, 'left')).toBeLessThan(all.length)
  }, 30_000)
  it('English is understood after a Mandarin word of its owner', async () => {
    if (!english) return
    const commands = ['what time is it', 'set a timer for five minutes', 'volume up'].map(
      (said) => [spokenPart(speak(said, 'flite:slt')), said] as const,
    )
    const all = await afterOwnWord(english, commands)
    expect(rightOf(all, 'passed'), JSON.stringify(all)).toBe(all.length)
    expect(rightOf(all, 'left')).toBeLessThan(all.length / 2)
  }, 30_000)
})
