import { spawn } from 'node:child_process'
import { EngineError } from '@mynah/shared/speech/engine-error.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { spokenChinese } from '../../text/chinese.ts'
import { spokenEnglish } from '../../text/english.ts'
import { sliceSpeech } from '../../voice/slices.ts'
import { trimSilence } from '../../voice/trim.ts'
import { readStreamedWav } from '../../voice/wav-stream.ts'
import type { Speech, Synthesiser } from '../synthesiser.ts'

/** Plain `cmn` reads hanzi wrongly with Debian's data. */
const voices: Record<Language, string> = { en: 'en-us', zh: 'cmn-latn-pinyin' }
const wordsPerMinute: Record<Language, number> = { en: 165, zh: 170 }

const maxOutputBytes = 64 * 1024 * 1024

/** espeak-ng is GPL-3 and therefore a process, never linked. The text goes in by standard input, so nothing in it is an option. */
const runEspeak = (program: string, language: Language, text: string, signal: AbortSignal): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = ['-v', voices[language], '-s', String(wordsPerMinute[language]), '--stdin', '--stdout', '-b', '1']
    const child = spawn(program, options, { stdio: ['pipe', 'pipe', 'ignore'] })
    const chunks: Buffer[] = []
    let sizeBytes = 0
    const stop = () => child.kill('SIGKILL')
    signal.addEventListener('abort', stop, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length
      if (sizeBytes > maxOutputBytes) stop()
      else chunks.push(chunk)
    })
    child.on('error', (cause) => reject(new EngineError('not_installed', 'espeak-ng could not be started', { cause })))
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop)
      if (code === 0 || signal.aborted) resolve(Buffer.concat(chunks))
      else reject(new EngineError('failed', `espeak-ng ended with ${code ?? 'a signal'}`))
    })
    // A child that died early makes the pipe fail; `close` tells why.
    child.stdin.on('error', () => {})
    child.stdin.end(text)
  })

/** Chinese, and English when nothing better is installed, by the `espeak-ng` program. */
export const createEspeakSynthesiser = (program = 'espeak-ng'): Synthesiser => ({
  name: 'espeak-ng',
  languages: ['zh', 'en'],
  voices: ['espeak-ng'],
  speak: async function* ({ text, language }, signal) {
    const spoken = language === 'zh' ? spokenChinese(text) : spokenEnglish(text)
    if (!/[\p{L}\p{N}]/u.test(spoken)) throw new EngineError('bad_request', 'the text has nothing to say')
    const bytes = await runEspeak(program, language, spoken, signal)
    if (signal.aborted) return
    const speech: Speech | undefined = readStreamedWav(bytes)
    if (!speech) throw new EngineError('failed', `espeak-ng wrote no sound (${bytes.length} bytes)`)
    yield* sliceSpeech(trimSilence(speech, {}), signal)
  },
  close: async () => {},
})
