import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resample } from '@mynah/shared/audio/resample.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { type SpokenAudio, StageError, type TextToSpeech } from '../providers/stages.ts'

const englishDigits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const digitTexts = Object.fromEntries(
  englishDigits.map((word, digit) => [
    `digit_${digit}`,
    { en: `${word}.`, zh: `${'零一二三四五六七八九'[digit]}。` } satisfies Record<Language, string>,
  ]),
)

/** What a speaker without an owner says: the same for everybody, so that it needs no password. */
const claimTexts: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  ...digitTexts,
  claim_intro: {
    en: 'Hello. I have no owner yet. Choose add a speaker in the panel, and type this code.',
    zh: '你好，我还没有主人。请在管理面板里选择添加音箱，并输入这个代码。',
  },
  claim_again: { en: 'Once more.', zh: '再说一遍。' },
  claim_done: { en: 'Thank you. I am ready.', zh: '谢谢，我准备好了。' },
}

/** Sentences that a speaker keeps on its disk, for when nothing else works. Names are those the device asks for. */
const phraseTexts: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  no_network: {
    en: "I can't reach my cloud right now.",
    zh: '我现在连不上服务器。',
  },
  failed: {
    en: 'Sorry, something went wrong. Please try again.',
    zh: '抱歉，出了点问题，请再试一次。',
  },
  not_understood_cloud: {
    en: "I didn't understand the answer of my cloud.",
    zh: '服务器的回答我没能听懂。',
  },
  no_microphone: {
    en: "I can't hear anything: my microphone is gone. Please plug it in again.",
    zh: '我听不到声音，麦克风断开了。请重新插好麦克风。',
  },
  ...claimTexts,
}

/** Whether a phrase is given to who shows no password. */
export const isPublicPhrase = (name: string): boolean => Object.hasOwn(claimTexts, name)

export type PhraseSounds = {
  /** A whole WAV, or undefined when there is no such phrase. Rejects with `StageError` when no voice works. */
  readonly wav: (language: string, name: string) => Promise<Uint8Array | undefined>
}

type PhraseDeps = { readonly dir: string; readonly tts: TextToSpeech; readonly log: Log }

const phraseRateHz = 24_000
const wavHeaderBytes = 44
const isLanguage = (language: string): language is Language => language === 'en' || language === 'zh'

const collect = async (audio: AsyncIterable<SpokenAudio>): Promise<Uint8Array> => {
  const pieces: Int16Array[] = []
  for await (const { samples, sampleRateHz } of audio) {
    pieces.push(
      sampleRateHz === phraseRateHz ? samples : resample(samples, { fromHz: sampleRateHz, toHz: phraseRateHz }),
    )
  }
  const all = new Int16Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let offset = 0
  for (const piece of pieces) {
    all.set(piece, offset)
    offset += piece.length
  }
  return encodeWav(all, phraseRateHz)
}

const readIfThere = async (path: string): Promise<Uint8Array | undefined> => {
  try {
    return await readFile(path)
  } catch {
    return undefined
  }
}

/**
 * Each phrase is synthesised once and then read from disk; concurrent requests share one synthesis, which therefore ends with
 * the gateway's `signal` and not with the request that began it.
 */
export const createPhraseSounds = ({ dir, tts, log }: PhraseDeps, signal: AbortSignal): PhraseSounds => {
  const making = new Map<string, Promise<Uint8Array>>()
  const make = async (language: Language, text: string, path: string) => {
    const wav = await collect(tts.synthesize({ text, language }, signal))
    // A stage that is aborted ends quietly: what came until then is not the sentence.
    if (signal.aborted || wav.length <= wavHeaderBytes) throw new StageError('tts', 'unavailable', 'no sound was made')
    await mkdir(dir, { recursive: true })
    await writeFile(`${path}.part`, wav)
    await rename(`${path}.part`, path)
    log.info('phrase synthesised', { path })
    return wav
  }
  return {
    wav: async (language, name) => {
      if (!isLanguage(language) || !Object.hasOwn(phraseTexts, name)) return undefined
      const text = phraseTexts[name]?.[language] ?? ''
      const path = join(dir, `${language}-${name}.wav`)
      const kept = await readIfThere(path)
      if (kept) return kept
      const underWay = making.get(path)
      if (underWay !== undefined) return underWay
      const made = make(language, text, path).finally(() => making.delete(path))
      making.set(path, made)
      return made
    },
  }
}
