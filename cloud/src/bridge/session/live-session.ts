import { randomUUID } from 'node:crypto'
import { assertNever } from '@mynah/shared/assert-never.ts'
import type { CommandCompleteness } from '@mynah/shared/dialogue/grammar/match.ts'
import type { DialogueAction } from '@mynah/shared/dialogue/speaker-context.ts'
import { withoutWakeWord } from '@mynah/shared/dialogue/wake-prefix.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import type { Dialogue, Persona } from '../../dialogue/dialogue.ts'
import { StageError } from '../../providers/stages.ts'
import type { AudioPlane } from '../audio-plane.ts'
import { closedTurnOf } from './closed-turn.ts'
import type { ControlChannel, KnownDevice, OneTimeAudio, TurnRecorder } from './ports.ts'
import { runReply } from './reply-events.ts'
import type { Effect, Publication, SessionEvent, SessionState, Step, Watchdog } from './state.ts'
import { step } from './step.ts'

export type LiveSessionDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly plane: Pick<AudioPlane, 'command'>
  readonly dialogue: Dialogue
  readonly channel: Pick<ControlChannel, 'publish'>
  readonly recorder: Pick<TurnRecorder, 'close'>
  readonly oneTimeAudio: OneTimeAudio
}

/** One session in motion: the state machine with its timers, its reply and its effects. Events are taken one after the other. */
export type LiveSession = {
  readonly device: KnownDevice
  readonly state: () => SessionState
  readonly dispatch: (event: SessionEvent) => void
  /** The speaker knows of the session, `ackMs` after its wake came: the first effects run, then the events that came meanwhile. */
  readonly begin: (ackMs: number) => void
}

type LiveSessionOptions = {
  readonly device: KnownDevice
  readonly conversationId: string
  readonly first: Step
  readonly persona?: Persona
  readonly onEnded: () => void
  readonly onRecorded: () => void
}

/** Events that may wait for the session to begin: more can only be a fault of the sender. */
const maxWaiting = 256

export const createLiveSession = (options: LiveSessionOptions, deps: LiveSessionDeps): LiveSession => {
  const { device, conversationId, persona } = options
  const { clock, channel, dialogue } = deps
  const { deviceId } = device
  const [firstState, firstEffects] = options.first
  const { sessionId, language, trigger, voice } = firstState.turn
  const log = deps.log.with({ sessionId, deviceId })
  const timers = new Map<Watchdog, Timer>()
  const inbox: SessionEvent[] = []
  let state: SessionState = firstState
  let busy = true
  let reply: AbortController | undefined
  /** Ends with the session, not with the reply: what was written is spoken although no more is. */
  const offered = new AbortController()

  const publish = (publication: Publication) => {
    // Kind and message come from one member of the union; the compiler cannot see that they belong together.
    channel.publish(deviceId, publication.kind, publication.message as never)
  }
  /**
   * The stream of a wake word begins with that word. As long as a partial does not, what it says of a command is a guess about half
   * a word, and must not end the turn.
   */
  const beginsWithWakeWord = trigger === 'wake_word' || trigger === 'barge_in'
  const completenessOf = (text: string): CommandCompleteness => {
    const command = dialogue.completenessOf(text, language)
    const isGuess = beginsWithWakeWord && withoutWakeWord(text) === text.trim()
    return isGuess && command !== 'none' ? 'prefix' : command
  }
  const publishTranscript = (text: string, final: boolean) => {
    publish({
      kind: 'transcript',
      message: { v: 1, session_id: sessionId, text: text.slice(0, 8_000), final, command: completenessOf(text) },
    })
  }
  const act = (action: DialogueAction) => {
    if (action.type === 'schedule') publish({ kind: 'schedule', message: { v: 1, change: action.change } })
    else publish({ kind: 'command', message: { v: 1, command_id: randomUUID(), command: action.command } })
  }
  const startReply = (text: string, outOfGrammar: boolean) => {
    reply?.abort()
    const controller = new AbortController()
    reply = controller
    const { name, room, timeZone, volume, schedule, keepsSchedule } = device
    const speaker = {
      deviceId,
      language,
      timeZone,
      volume,
      schedule,
      ...(name !== undefined ? { name } : {}),
      ...(room !== undefined ? { room } : {}),
      ...(keepsSchedule !== undefined ? { keepsSchedule } : {}),
    }
    const whose = {
      ...(device.homeId !== undefined ? { homeId: device.homeId } : {}),
      ...(persona ? { persona: { name: persona.name, prompt: persona.prompt } } : {}),
    }
    const request = { text, outOfGrammar, language, speaker, conversationId, sessionId, ...whose }
    const onBug = (error: unknown) => log.error('reply failed', { error })
    void runReply({ dialogue, sessionId, request, dispatch, onBug }, controller.signal)
  }
  const offerAudio = async (effect: Extract<Effect, { type: 'offer_audio' }>) => {
    const onFailed = ({ code, message }: StageError) =>
      dispatch({ type: 'failed', sessionId, stage: 'tts', code, message })
    try {
      const home = device.homeId !== undefined ? { homeId: device.homeId } : {}
      const spokenBy = voice !== undefined && effect.language === language ? { voice } : {}
      const offer = { deviceId, ...home, text: effect.text, language: effect.language, ...spokenBy }
      const { url, firstAudioMs } = await deps.oneTimeAudio.offerSpoken(offer, onFailed, offered.signal)
      dispatch({ type: 'audio_offered', sessionId, url, atMs: clock.now(), ttsFirstAudioMs: firstAudioMs })
    } catch (error) {
      if (!(error instanceof StageError)) log.error('offering audio failed', { error })
      dispatch({ type: 'audio_refused', sessionId, code: error instanceof StageError ? error.code : 'crashed' })
    }
  }
  const unwatch = (watchdog: Watchdog) => {
    timers.get(watchdog)?.cancel()
    timers.delete(watchdog)
  }
  const watch = (watchdog: Watchdog, afterMs: number) => {
    unwatch(watchdog)
    timers.set(
      watchdog,
      clock.startTimer(afterMs, () => {
        timers.delete(watchdog)
        dispatch({ type: 'watchdog', sessionId, watchdog })
      }),
    )
  }
  const closeRecord = () => {
    if (state.phase !== 'ended') return
    const closed = closedTurnOf(state, conversationId, clock.wallTime())
    try {
      deps.recorder.close(closed)
    } catch (error) {
      log.error('closing the turn record failed', { error })
    }
    log.info('turn finished', {
      outcome: closed.outcome,
      error: closed.error,
      answeredBy: closed.answeredBy,
      timings: closed.timings,
      pii: { heardText: closed.heardText, replyText: closed.replyText },
    })
    for (const watchdog of [...timers.keys()]) unwatch(watchdog)
    options.onRecorded()
  }
  const perform = (effect: Effect) => {
    switch (effect.type) {
      case 'publish':
        return publish(effect)
      case 'publish_transcript':
        return publishTranscript(effect.text, effect.final)
      case 'command_audio':
        return deps.plane.command(effect.command)
      case 'start_reply':
        return startReply(effect.text, effect.outOfGrammar)
      case 'abort_reply':
        return reply?.abort()
      case 'act':
        return act(effect.action)
      case 'offer_audio':
        void offerAudio(effect)
        return
      case 'watch':
        return watch(effect.watchdog, effect.afterMs)
      case 'unwatch':
        return unwatch(effect.watchdog)
      case 'record_heard':
        return dialogue.recordHeard({ conversationId, sessionId }, effect.text)
      case 'close_record':
        return closeRecord()
      default:
        return assertNever(effect)
    }
  }
  const take = ([next, effects]: Step) => {
    const endsNow = state.phase !== 'ended' && next.phase === 'ended'
    state = next
    if (endsNow) {
      for (const watchdog of [...timers.keys()]) unwatch(watchdog)
      offered.abort()
      options.onEnded()
    }
    effects.forEach(perform)
  }
  const drain = () => {
    for (let event = inbox.shift(); event; event = inbox.shift()) take(step(state, event, clock.now()))
    busy = false
  }
  /** An effect may answer with an event at once: it waits for the step under way. */
  const dispatch = (event: SessionEvent) => {
    if (inbox.length < maxWaiting) inbox.push(event)
    if (busy) return
    busy = true
    drain()
  }
  return {
    device,
    state: () => state,
    dispatch,
    begin: (ackMs) => {
      state = { ...state, turn: { ...state.turn, timings: { ...state.turn.timings, cloud_wake_to_ack: ackMs } } }
      firstEffects.forEach(perform)
      drain()
    },
  }
}
