import { ok, refuse } from '@mynah/shared/result.ts'
import { describe, expect, it } from 'vitest'
import { asGuard, createWakeEngines, type WakeEngine } from '../../src/wake/wake-engines.ts'
import type { ConfigurableWakeWord, WakeSettings, WakeWordFailure } from '../../src/wake/wake-word.ts'

const frame = new Int16Array(320)

/** Knows some words and hears what the test calls. */
const scripted = (name: string, knows: readonly string[], fault?: WakeWordFailure) => {
  const opened: WakeSettings[] = []
  const closed: WakeSettings[] = []
  let called: string | undefined
  const open = async (first: WakeSettings) => {
    if (fault) return refuse(fault)
    opened.push(first)
    let settings = first
    let samples = 0
    const detector: ConfigurableWakeWord = {
      hear: async ({ length }) => {
        samples += length
        const word = called
        called = undefined
        return word !== undefined && settings.words.includes(word) ? { word, score: 1, atSample: samples } : undefined
      },
      samplesHeard: () => samples,
      configure: async (next) => {
        const unknown = next.words.find((word) => !knows.includes(word))
        if (unknown !== undefined) return refuse({ code: 'unknown_word', message: unknown })
        if (next.words.length === 0) return refuse({ code: 'no_words', message: 'none' })
        settings = next
        return ok(next)
      },
      settings: () => settings,
      reset: () => {},
      close: async () => void closed.push(settings),
    }
    return ok(detector)
  }
  const engine: WakeEngine = { name, knows: (word) => knows.includes(word), open }
  return {
    engine,
    opened,
    closed,
    call: (word: string) => {
      called = word
    },
  }
}

const warnings = () => {
  const told: string[] = []
  const quiet = () => {}
  const log = { debug: quiet, info: quiet, warn: (text: string) => void told.push(text), error: quiet, with: () => log }
  return { log, told }
}
const openMain = async (words: readonly string[]) => {
  const main = scripted('openWakeWord', ['hey_jarvis', 'alexa', '我的词'])
  const detector = await main.engine.open({ words, preset: 'normal' })
  if (!detector.ok) throw new Error(detector.error.message)
  return { ...main, detector: detector.value }
}
const hearMany = async (detector: ConfigurableWakeWord, frames: number) => {
  for (let count = 0; count < frames; count++) await detector.hear(frame)
}

describe('several wake word engines', () => {
  it('share the words: an engine takes those that it knows, openWakeWord keeps the others', async () => {
    const main = await openMain(['hey_jarvis'])
    const other = scripted('sherpa-onnx', ['小智小智', 'alexa'])
    const ears = createWakeEngines({ log: warnings().log, main: main.detector, engines: [other.engine] })
    const configured = await ears.configure({ words: ['hey_jarvis', '小智小智'], preset: 'strict' })
    expect(configured).toEqual({ ok: true, value: { words: ['小智小智', 'hey_jarvis'], preset: 'strict' } })
    expect(other.opened).toEqual([{ words: ['小智小智'], preset: 'strict' }])
    expect(main.detector.settings().words).toEqual(['hey_jarvis'])
    await hearMany(ears, 100)
    other.call('小智小智')
    expect(await ears.hear(frame)).toEqual({ word: '小智小智', score: 1, atSample: 101 * 320 })
    await hearMany(ears, 60)
    main.call('hey_jarvis')
    expect(await ears.hear(frame)).toMatchObject({ word: 'hey_jarvis', atSample: 162 * 320 })
  })

  it('count one call once, also when two of them hear it', async () => {
    const main = await openMain(['hey_jarvis'])
    const other = scripted('sherpa-onnx', ['小智小智'])
    const ears = createWakeEngines({ log: warnings().log, main: main.detector, engines: [other.engine] })
    await ears.configure({ words: ['hey_jarvis', '小智小智'], preset: 'normal' })
    main.call('hey_jarvis')
    expect(await ears.hear(frame)).toMatchObject({ word: 'hey_jarvis' })
    other.call('小智小智')
    expect(await ears.hear(frame)).toBeUndefined()
  })

  it('go on without openWakeWord when the other has all words, and close what is replaced', async () => {
    const main = await openMain(['hey_jarvis'])
    const other = scripted('Porcupine', ['hey_jarvis'])
    const ears = createWakeEngines({ log: warnings().log, main: main.detector, engines: [other.engine] })
    expect(await ears.configure({ words: ['hey_jarvis'], preset: 'normal' })).toMatchObject({ ok: true })
    main.call('hey_jarvis')
    expect(await ears.hear(frame)).toBeUndefined()
    expect(await ears.configure({ words: ['alexa'], preset: 'normal' })).toMatchObject({ ok: true })
    expect(other.closed).toHaveLength(1)
    expect(ears.settings().words).toEqual(['alexa'])
  })

  it('leave the words of one that does not start to openWakeWord, and say so', async () => {
    const main = await openMain(['hey_jarvis'])
    const broken = scripted('Porcupine', ['hey_jarvis'], { code: 'access_key_refused', message: 'expired' })
    const { log, told } = warnings()
    const ears = createWakeEngines({ log, main: main.detector, engines: [broken.engine] })
    expect(await ears.configure({ words: ['hey_jarvis'], preset: 'normal' })).toMatchObject({ ok: true })
    expect(told).toEqual(['a wake word engine does not start'])
    main.call('hey_jarvis')
    expect(await ears.hear(frame)).toMatchObject({ word: 'hey_jarvis' })
  })

  it('keep everything as it was when a word is known to nobody', async () => {
    const main = await openMain(['hey_jarvis'])
    const other = scripted('sherpa-onnx', ['小智小智'])
    const ears = createWakeEngines({ log: warnings().log, main: main.detector, engines: [other.engine] })
    await ears.configure({ words: ['hey_jarvis', '小智小智'], preset: 'normal' })
    const refused = await ears.configure({ words: ['小智小智', 'nobody'], preset: 'normal' })
    expect(refused).toMatchObject({ ok: false, error: { code: 'unknown_word' } })
    expect(ears.settings().words).toEqual(['小智小智', 'hey_jarvis'])
    expect(other.closed).toHaveLength(1)
    other.call('小智小智')
    expect(await ears.hear(frame)).toMatchObject({ word: '小智小智' })
  })

  it('hear most readily where they guard against the speaker’s own voice', async () => {
    const main = await openMain(['hey_jarvis'])
    const other = scripted('sherpa-onnx', ['小智小智'])
    const guard = createWakeEngines({ log: warnings().log, main: main.detector, engines: [asGuard(other.engine)] })
    await guard.configure({ words: ['小智小智'], preset: 'strict' })
    expect(other.opened).toEqual([{ words: ['小智小智'], preset: 'sensitive' }])
  })
})
