import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureSampleRateHz } from '@mynah/device/audio/ports.ts'
import { applyGain, concatSamples } from '@mynah/shared/audio/pcm.ts'
import { resample } from '@mynah/shared/audio/resample.ts'
import { decodeWav } from '@mynah/shared/audio/wav.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { audibleRms, firstAudibleSample, lastAudibleSample } from './audible.ts'
import { speechLevelDbfs } from './noise.ts'

/** Something a person says, as sound: 16 kHz mono at speech level, with the true begin and end of speech in samples. */
export type Utterance = {
  readonly text: string
  readonly samples: Int16Array
  readonly speechStartSample: number
  readonly speechEndSample: number
}

export type PersonError = {
  readonly code: 'voice_unknown' | 'program_missing' | 'voice_failed' | 'file_unreadable' | 'bad_wav' | 'silent'
  readonly message: string
}

/** A synthetic voice of a Debian package: `flite:slt`, `espeak:en-us+f3` ... */
export type VoiceName = `${'flite' | 'espeak'}:${string}`

export const defaultVoice: Record<Language, VoiceName> = { en: 'flite:slt', zh: 'espeak:cmn-latn-pinyin' }
/** English voices that differ in sex, accent and engine. */
export const englishVoices: readonly VoiceName[] = ['flite:slt', 'flite:rms', 'flite:awb']

const packageOf: Record<string, string> = { flite: 'flite', 'espeak-ng': 'espeak-ng' }
const synthesisLimitMs = 30_000

const run = (
  program: string,
  args: readonly string[],
  input: string | undefined,
  signal: AbortSignal,
): Promise<Result<void, PersonError>> =>
  new Promise((resolve) => {
    const child = execFile(program, args, { signal, timeout: synthesisLimitMs }, (error, _stdout, stderr) => {
      if (!error) return resolve(ok(undefined))
      if (error.code === 'ENOENT')
        return resolve(
          refuse({
            code: 'program_missing',
            message: `The program ${program} is not installed: sudo apt-get install ${packageOf[program] ?? program}`,
          }),
        )
      resolve(refuse({ code: 'voice_failed', message: `${program} failed: ${stderr.trim() || error.message}` }))
    })
    // A program that is missing or dies early closes the pipe: its own error says more.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input ?? '')
  })

const parseVoice = (voice: string): { readonly engine: string; readonly name: string } | undefined => {
  const match = /^(flite|espeak):([a-z0-9_+-]{1,40})$/i.exec(voice)
  return match ? { engine: match[1] ?? '', name: match[2] ?? '' } : undefined
}

const synthesise = async (
  request: { readonly text: string; readonly voice: string; readonly wavPath: string },
  signal: AbortSignal,
): Promise<Result<void, PersonError>> => {
  const voice = parseVoice(request.voice)
  if (!voice)
    return refuse({
      code: 'voice_unknown',
      message: `A voice is flite:NAME or espeak:NAME (for example ${englishVoices.join(', ')}, espeak:en-gb), not "${request.voice}"`,
    })
  if (voice.engine === 'flite')
    return run('flite', ['-voice', voice.name, '-t', request.text, '-o', request.wavPath], undefined, signal)
  return run('espeak-ng', ['-v', voice.name, '-w', request.wavPath, '--stdin'], request.text, signal)
}

/** Any mono or stereo recording as an utterance at speech level. */
export const utteranceOf = (recording: {
  readonly text: string
  readonly samples: Int16Array
  readonly sampleRateHz: number
}): Result<Utterance, PersonError> => {
  const samples =
    recording.sampleRateHz === captureSampleRateHz
      ? recording.samples
      : resample(recording.samples, { fromHz: recording.sampleRateHz, toHz: captureSampleRateHz })
  const speechStartSample = firstAudibleSample(samples)
  const speechEndSample = lastAudibleSample(samples)
  if (speechStartSample === undefined || speechEndSample === undefined)
    return refuse({ code: 'silent', message: 'The recording is silent: there is nothing to say' })
  const gain = 10 ** (speechLevelDbfs / 20) / audibleRms(samples)
  return ok({ text: recording.text, samples: applyGain(samples, gain), speechStartSample, speechEndSample })
}

const readRecording = async (path: string, text: string): Promise<Result<Utterance, PersonError>> => {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => error)
  if (bytes instanceof Error)
    return refuse({
      code: 'file_unreadable',
      message: `Cannot read ${path}: ${bytes.code === 'ENOENT' ? 'there is no such file' : bytes.message}`,
    })
  const wav = decodeWav(bytes)
  if (!wav.ok)
    return refuse({ code: 'bad_wav', message: `${path} is not a WAV file that can be played: ${wav.error.message}` })
  return utteranceOf({ text, ...wav.value })
}

/** What a WAV file of any rate says; `text` is for the record only. */
export const utteranceOfWav = (path: string, text = ''): Promise<Result<Utterance, PersonError>> =>
  readRecording(path, text)

/** Lets a synthetic voice say a text. Fails with the Debian package's name when the voice's program is missing. */
export const sayText = async (
  request: { readonly text: string; readonly language: Language; readonly voice?: string | undefined },
  signal: AbortSignal,
): Promise<Result<Utterance, PersonError>> => {
  const directory = await mkdtemp(join(tmpdir(), 'mynah-voice-'))
  try {
    const wavPath = join(directory, 'voice.wav')
    const voice = request.voice ?? defaultVoice[request.language]
    const spoken = await synthesise({ text: request.text, voice, wavPath }, signal)
    if (!spoken.ok) return spoken
    return await readRecording(wavPath, request.text)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** One utterance after another with a pause between them: a wake word in one voice and a command in another. */
export const joinUtterances = (first: Utterance, second: Utterance, pauseMs: number): Utterance => {
  const head = first.samples.subarray(0, first.speechEndSample + 1)
  const tail = second.samples.subarray(second.speechStartSample)
  const pause = new Int16Array(Math.round((pauseMs * captureSampleRateHz) / 1_000))
  return {
    text: `${first.text} ${second.text}`.trim(),
    samples: concatSamples([head, pause, tail]),
    speechStartSample: first.speechStartSample,
    speechEndSample: head.length + pause.length + second.speechEndSample - second.speechStartSample,
  }
}
