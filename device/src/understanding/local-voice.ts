import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { playbackSampleRateHz } from '../audio/ports.ts'

/** A voice of this machine. */
export type LocalVoice = {
  readonly name: string
  /** 24 kHz mono; undefined when the program failed or took too long. */
  readonly speak: (text: string) => Promise<Int16Array | undefined>
}

export type LocalVoiceDeps = {
  readonly clock: Clock
  readonly language: Language
  /** Where programs are looked for, as in the environment variable PATH. */
  readonly searchPath: string
}

type Program = {
  readonly name: string
  /** `wavPath`: where the sound goes when it does not go to standard output. */
  readonly argumentsFor: (text: string, wavPath: string) => readonly string[]
  readonly textBy: 'argument' | 'standard_input'
  readonly soundBy: 'file' | 'standard_output'
}

// flite opens its input and output by name, which fails for the sockets that Node makes of pipes. Behind `-t` no text is an option.
const flite: Program = {
  name: 'flite',
  argumentsFor: (text, wavPath) => ['-voice', 'slt', '-t', text, '-o', wavPath],
  textBy: 'argument',
  soundBy: 'file',
}
const espeak = (voice: string): Program => ({
  name: 'espeak-ng',
  argumentsFor: () => ['-v', voice, '-s', '165', '--stdin', '--stdout', '-b', '1'],
  textBy: 'standard_input',
  soundBy: 'standard_output',
})

/** In order of how well they are understood. Plain `cmn` reads hanzi wrongly with Debian's data. */
const programs: Record<Language, readonly Program[]> = {
  en: [flite, espeak('en-us')],
  zh: [espeak('cmn-latn-pinyin')],
}

const limitMs = 8_000
const maxOutputBytes = 8 * 1024 * 1024

const isInstalled = (name: string, searchPath: string): boolean =>
  searchPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      // Not in this folder.
      return false
    }
  })

type Utterance = { readonly program: Program; readonly text: string; readonly wavPath: string; readonly clock: Clock }

/** Standard output, when the program ended well. */
const outputOf = ({ program, text, wavPath, clock }: Utterance): Promise<Buffer | undefined> =>
  new Promise((resolve) => {
    const child = spawn(program.name, [...program.argumentsFor(text, wavPath)], { stdio: ['pipe', 'pipe', 'ignore'] })
    const chunks: Buffer[] = []
    let sizeBytes = 0
    const stop = () => child.kill('SIGKILL')
    const timeout = clock.startTimer(limitMs, stop)
    child.stdout.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length
      if (sizeBytes > maxOutputBytes) stop()
      else chunks.push(chunk)
    })
    child.on('error', () => {
      timeout.cancel()
      resolve(undefined)
    })
    child.on('close', (code) => {
      timeout.cancel()
      resolve(code === 0 ? Buffer.concat(chunks) : undefined)
    })
    // A child that died early makes the pipe fail; `close` tells.
    child.stdin.on('error', () => {})
    child.stdin.end(program.textBy === 'standard_input' ? text : '')
  })

const wavOf = async (program: Program, text: string, clock: Clock): Promise<Buffer | undefined> => {
  const folder = await mkdtemp(join(tmpdir(), 'mynah-voice-'))
  try {
    const wavPath = join(folder, 'voice.wav')
    const output = await outputOf({ program, text, wavPath, clock })
    return output && program.soundBy === 'file' ? await readFile(wavPath) : output
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The best voice that is installed for this language; undefined when there is none. */
export const findLocalVoice = ({ clock, language, searchPath }: LocalVoiceDeps): LocalVoice | undefined => {
  const program = programs[language].find(({ name }) => isInstalled(name, searchPath))
  if (!program) return undefined
  return {
    name: program.name,
    speak: async (text) => {
      const wav = await wavOf(program, text, clock)
      const sound = wav && decodeWav(wav)
      if (!sound?.ok) return undefined
      return resample(sound.value.samples, { fromHz: sound.value.sampleRateHz, toHz: playbackSampleRateHz })
    },
  }
}
