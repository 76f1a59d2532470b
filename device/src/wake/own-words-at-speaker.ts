import { type Channel, createChannel } from '@mynah/shared/streams/channel.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import {
  type OwnWordCommand,
  type OwnWordsReport,
  type Recording,
  type RecordingQuality,
  recordingsNeeded,
} from '@mynah/shared/wire/own-words.ts'
import { mayLearn } from './may-learn.ts'
import { judgeRecordings } from './own-word.ts'
import type { OwnWordEars } from './own-word-ears.ts'
import type { OwnWordsFile } from './own-words-file.ts'
import { faultOf, measuresOf, nextUtterance, templateOf } from './record-own-word.ts'

type Refusal = { readonly code: string; readonly message: string }
export type OwnWordOutcome =
  | { readonly ok: true; readonly report: OwnWordsReport }
  | { readonly ok: false; readonly error: Refusal }

export type OwnWordsAtSpeakerDeps = {
  readonly clock: Clock
  readonly file: OwnWordsFile
  readonly openEars: () => Promise<OwnWordEars>
  /** Tells everybody in the room that it listens. */
  readonly cue: () => void
  /** Shows them for how long. */
  readonly onRecording: (recording: boolean) => void
  /** Why nothing can be recorded at this moment. */
  readonly hindrance: () => 'muted' | 'busy' | undefined
  /** The words that the configuration names. */
  readonly configuredWords: () => readonly string[]
  /** What is in the file comes into force. */
  readonly putIntoForce: () => Promise<void>
}

/** The owner's wake words as the panel asks for them, while the speaker runs. */
export type OwnWordsAtSpeaker = {
  /** One after the other, in the order in which they come. */
  readonly receive: (command: OwnWordCommand) => Promise<OwnWordOutcome>
  /** Each captured frame, Int16Array(320); kept only while a word is recorded. */
  readonly hear: (frame: Int16Array) => void
  /** Whoever says the word now does not mean to wake anybody. */
  readonly isRecording: () => boolean
  /**
   * For good: what is being recorded is given up, what comes later is refused. Resolves when all that was learned is on disk: who
   * removes the words of an owner finds them all.
   */
  readonly stop: () => Promise<void>
}

/** The cue is no voice, but its echo must not be the beginning of one. */
const cueMs = 400
/** The panel waits no longer. */
const longestMs = 7_000
/** A second: the ears are faster than the microphone. */
const mostFrames = 50

const hindrances: Readonly<Record<'muted' | 'busy', string>> = {
  muted: 'the microphone is muted',
  busy: 'the speaker is talking with somebody, or rings',
}
const refusal = (code: string, message: string): OwnWordOutcome => ({ ok: false, error: { code, message } })

export const createOwnWordsAtSpeaker = (deps: OwnWordsAtSpeakerDeps): OwnWordsAtSpeaker => {
  const { clock, file } = deps
  /** Recordings of a word that is not whole yet; in memory only. */
  let begun: { readonly word: string; readonly templates: readonly Float32Array[] } = { word: '', templates: [] }
  let microphone: Channel<Int16Array> | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let stopped = false

  const done = async (recording?: Recording): Promise<OwnWordOutcome> => {
    const words = (await file.read()).map(({ word, active = true }) => ({ word, active }))
    return { ok: true, report: { words, ...(recording ? { recording } : {}) } }
  }
  /** Undefined when nobody says anything, the microphone is silent or is muted meanwhile. */
  const listen = async ({ voiceActivity }: OwnWordEars) => {
    if (stopped) return undefined
    const channel = createChannel<Int16Array>({ capacity: mostFrames, overflow: 'drop_oldest' })
    deps.cue()
    microphone = channel
    deps.onRecording(true)
    const timeout = clock.startTimer(longestMs, channel.end)
    const frames = channel[Symbol.asyncIterator]()
    try {
      const deafUntilMs = clock.now() + cueMs
      while (clock.now() < deafUntilMs) if ((await frames.next()).done) return undefined
      voiceActivity.reset()
      return await nextUtterance(frames, voiceActivity)
    } finally {
      timeout.cancel()
      microphone = undefined
      deps.onRecording(false)
      channel.end()
      await frames.return?.()
    }
  }
  /** The quality of what was heard, and its template when that is good. */
  const judge = async (ears: OwnWordEars, before: readonly Float32Array[]) => {
    const heard = await listen(ears)
    if (!heard) return { quality: 'no_voice' as const }
    const measured = measuresOf(heard)
    const measures = { level_dbfs: Math.round(measured.levelDbfs), length_ms: measured.lengthMs }
    const fault: RecordingQuality | undefined = faultOf(measured)
    if (fault) return { quality: fault, measures }
    const template = await templateOf(ears.embedder, heard)
    const alike = judgeRecordings([...before, template]).ok
    return alike ? { quality: 'good' as const, measures, template } : { quality: 'not_alike' as const, measures }
  }
  const record = async ({
    word,
    recording,
  }: Extract<OwnWordCommand, { type: 'record_own_word' }>): Promise<OwnWordOutcome> => {
    const hindrance = deps.hindrance()
    if (hindrance) return refusal(hindrance, hindrances[hindrance])
    const allowed = mayLearn(word, await file.read())
    if (!allowed.ok) return { ok: false, error: allowed.error }
    const before = begun.word === word ? begun.templates.slice(0, recording - 1) : []
    if (before.length < recording - 1) {
      return refusal('recordings_lost', 'the recordings before this one are not there any more: begin anew')
    }
    const ears = await deps.openEars()
    try {
      const { quality, measures, template } = await judge(ears, before)
      const templates = template ? [...before, template] : before
      begun = { word, templates }
      const learned = templates.length === recordingsNeeded
      if (learned) {
        await file.add({ word, templates })
        begun = { word: '', templates: [] }
        await deps.putIntoForce()
      }
      return await done({ recording, quality, ...measures, learned })
    } finally {
      await ears.close()
    }
  }
  /** What the configuration names must exist, or it could not come into force again. */
  const change = async (word: string, how: () => Promise<boolean>): Promise<OwnWordOutcome> => {
    if (deps.configuredWords().includes(word)) {
      return refusal('word_configured', `"${word}" is one of the wake words of the configuration: take it out first`)
    }
    if (!(await how())) return refusal('unknown_word', `there is no word "${word}" here`)
    await deps.putIntoForce()
    return done()
  }
  const run = (command: OwnWordCommand): Promise<OwnWordOutcome> => {
    switch (command.type) {
      case 'list_own_words':
        return done()
      case 'record_own_word':
        return record(command)
      case 'set_own_word':
        return change(command.word, () => file.setActive(command.word, command.active))
      case 'forget_own_word':
        return change(command.word, () => file.forget(command.word))
    }
  }
  return {
    receive: (command) => {
      const outcome = turn.then(() => (stopped ? refusal('stopping', 'the speaker stops') : run(command)))
      turn = outcome.catch(() => {})
      return outcome
    },
    hear: (frame) => {
      microphone?.push(frame.slice())
    },
    isRecording: () => microphone !== undefined,
    stop: async () => {
      stopped = true
      microphone?.end()
      await turn
    },
  }
}
