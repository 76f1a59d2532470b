import type { Log } from '@mynah/shared/log/log.ts'
import { untilAborted } from '@mynah/shared/streams/until-aborted.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { Dialogue } from '../../dialogue/dialogue.ts'
import type { AudioEvent, AudioPlane, StreamAddress } from '../audio-plane.ts'
import { type Announce, createAnnounce } from './announce.ts'
import { closedTurnOf } from './closed-turn.ts'
import { createConversations } from './conversations.ts'
import { defaultSessionLimits, type SessionLimits } from './limits.ts'
import { createLiveSession, type LiveSession } from './live-session.ts'
import { downlink, newTurnOf, type Opening, streamOf, type Wake } from './opening.ts'
import type {
  ControlChannel,
  DeviceDirectory,
  DeviceMessage,
  KnownDevice,
  OneTimeAudio,
  SoundRecorder,
  TurnAsked,
  TurnChoice,
  TurnRecorder,
} from './ports.ts'
import type { SessionEvent } from './state.ts'
import { begin } from './step.ts'
import { createWakeElection } from './wake-election.ts'

export type SessionsDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly plane: AudioPlane
  readonly dialogue: Dialogue
  readonly channel: ControlChannel
  readonly devices: DeviceDirectory
  /** What a home has chosen; synchronous and below a millisecond. Absent: every home has the cloud's own engines. */
  readonly choose?: (turn: TurnAsked) => TurnChoice
  readonly recorder: TurnRecorder
  /** Keeps the sound of a turn whose home wants it; where it is absent, none is kept. */
  readonly sounds?: SoundRecorder
  /** Resolves when what the recorder wrote is on disk. At once where it writes so by itself. */
  readonly durable?: () => Promise<void>
  readonly oneTimeAudio: OneTimeAudio
  /** Sessions at once; a wake beyond is refused as `busy`. */
  readonly maxSessions: number
  /** There is more to do than can be done: new wakes are refused as `busy`, so that turns under way go on. */
  readonly isOverloaded?: () => boolean
  readonly limits?: Partial<SessionLimits>
}

export type Sessions = {
  /** Serves wakes until `signal` aborts; then ends every session as failed and closes its record. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Speaks outside of a session, by URL. The result names the play. */
  readonly announce: Announce
  readonly counters: () => Readonly<Record<string, number>>
}

type Refusal = NonNullable<ToDeviceMessage<'wake/ack'>['reason']>

const electionWindowMs = 400
const rememberedSessions = 8_192
const sessionIdLength = 22
/** Sessions of one speaker whose records are still open: a speaker that wakes without pause is slowed down. */
const maxUnrecorded = 8

/** All sessions of this cloud: who may begin one, and which events belong to which. */
export const createSessions = (deps: SessionsDeps): Sessions => {
  const { clock, log, plane, dialogue, channel } = deps
  const limits = { ...defaultSessionLimits, ...deps.limits }
  const election = createWakeElection({ windowMs: electionWindowMs })
  const conversations = createConversations({ capacity: rememberedSessions })
  /** Until the record is closed; the live ones among them are in `liveByDevice`. */
  const sessions = new Map<string, LiveSession>()
  const liveByDevice = new Map<string, string>()
  const acks = new Map<string, ToDeviceMessage<'wake/ack'>>()
  const totals: Record<string, number> = { wakes: 0, accepted: 0 }
  let stopping = false

  const count = (name: string) => {
    totals[name] = (totals[name] ?? 0) + 1
  }
  const acknowledge = (deviceId: string, ack: ToDeviceMessage<'wake/ack'>) => channel.publish(deviceId, 'wake/ack', ack)
  const refuseWake = (deviceId: string, wake: Wake, reason: Refusal) => {
    count(`refused_${reason}`)
    log.info('wake refused', { deviceId, sessionId: wake.session_id, reason })
    acknowledge(deviceId, { v: 1, session_id: wake.session_id, accepted: false, reason })
  }

  const unrecordedOf = (deviceId: string): number => {
    let unrecorded = 0
    for (const session of sessions.values()) if (session.device.deviceId === deviceId) unrecorded++
    return unrecorded
  }
  /** Asked before anything is read of the speaker: a crowd that is refused must stay cheap. */
  const isBusyFor = (deviceId: string): boolean =>
    stopping ||
    liveByDevice.size >= deps.maxSessions ||
    unrecordedOf(deviceId) >= maxUnrecorded ||
    deps.isOverloaded?.() === true ||
    deps.plane.isOverloaded(deviceId)
  /** Why this wake may not begin a session; undefined when it may. */
  const refusalOf = (device: KnownDevice | undefined, deviceId: string, wake: Wake): Refusal | undefined => {
    if (device?.homeId === undefined) return 'not_claimed'
    if (wake.trigger === 'text' && wake.text === undefined) return 'invalid'
    const spoken = wake.trigger === 'wake_word' || wake.trigger === 'barge_in'
    if (spoken && !election.claim({ homeId: device.homeId, deviceId }, clock.now())) return 'another_speaker_won'
    return undefined
  }
  const supersede = (deviceId: string) => {
    const sessionId = liveByDevice.get(deviceId)
    if (sessionId !== undefined) sessions.get(sessionId)?.dispatch({ type: 'superseded', sessionId, deviceId })
  }
  /** QoS 1 delivers twice: the same wake gets the same answer; somebody else's session id gets none of it. */
  const repeatAnswer = (session: LiveSession, deviceId: string, wake: Wake) => {
    const ack = acks.get(wake.session_id)
    if (session.device.deviceId !== deviceId) refuseWake(deviceId, wake, 'invalid')
    else if (ack) acknowledge(deviceId, ack)
  }
  const onWake = (deviceId: string, wake: Wake) => {
    count('wakes')
    const known = sessions.get(wake.session_id)
    if (known) return repeatAnswer(known, deviceId, wake)
    supersede(deviceId)
    if (isBusyFor(deviceId)) return refuseWake(deviceId, wake, 'busy')
    const device = deps.devices.find(deviceId)
    const refusal = refusalOf(device, deviceId, wake)
    if (refusal !== undefined || device?.homeId === undefined) {
      return refuseWake(deviceId, wake, refusal ?? 'not_claimed')
    }
    beginTurn({ ...device, homeId: device.homeId }, wake)
  }
  const beginTurn = (device: KnownDevice & { readonly homeId: string }, wake: Wake) => {
    const { deviceId } = device
    const previous = conversations.before(deviceId, wake.previous_session_id)
    // An answer to a question names no wake word: it is for whoever asked.
    const wakeWord = wake.wake_word ?? previous?.wakeWord
    const called = {
      ...(wakeWord !== undefined ? { wakeWord } : {}),
      ...(device.persona !== undefined ? { persona: device.persona } : {}),
    }
    const choice = deps.choose?.({ homeId: device.homeId, deviceId, ...called }) ?? {}
    const language = wake.language ?? choice.persona?.language ?? device.language
    const conversationId = conversations.join({
      sessionId: wake.session_id,
      deviceId,
      wakeWord,
      persona: choice.persona?.name,
      previous,
    })
    const isNew = deps.recorder.open({
      sessionId: wake.session_id,
      conversationId,
      deviceId,
      homeId: device.homeId,
      trigger: wake.trigger,
      language,
      ...(device.name !== undefined ? { speakerName: device.name } : {}),
      ...(wake.wake_word !== undefined ? { wakeWord: wake.wake_word } : {}),
      ...(wake.score !== undefined ? { score: wake.score } : {}),
      startedAt: clock.wallTime(),
    })
    if (!isNew) return refuseWake(deviceId, wake, 'invalid')
    openSession({ device, wake, language, conversationId, choice })
  }

  const openSession = (opening: Opening) => {
    const { device, wake, conversationId, choice } = opening
    const { deviceId } = device
    const sessionId = wake.session_id
    const wokeAtMs = clock.now()
    const first = begin(newTurnOf(opening, limits), wokeAtMs)
    const forget = () => {
      if (liveByDevice.get(deviceId) === sessionId) liveByDevice.delete(deviceId)
    }
    const session = createLiveSession(
      {
        device,
        conversationId,
        first,
        ...(choice.persona ? { persona: choice.persona } : {}),
        onEnded: forget,
        onRecorded: () => {
          sessions.delete(sessionId)
          acks.delete(sessionId)
        },
      },
      deps,
    )
    sessions.set(sessionId, session)
    liveByDevice.set(deviceId, sessionId)
    const stream = streamOf(opening, dialogue.jsgfFor)
    const onOpen = (udp: StreamAddress) => {
      count('accepted')
      const ack = {
        v: 1,
        session_id: sessionId,
        accepted: true,
        udp: { ...udp, stream: stream.streamId },
        downlink,
      } as const
      acks.set(sessionId, ack)
      acknowledge(deviceId, ack)
      session.begin(clock.now() - wokeAtMs)
    }
    const onRefused = (error: unknown) => {
      log.error('the audio plane took no stream', { deviceId, sessionId, error })
      plane.command({ type: 'close_stream', sessionId })
      forget()
      sessions.delete(sessionId)
      refuseWake(deviceId, wake, 'busy')
      const turn = { ...first[0].turn, streamGone: true, failure: { stage: 'audio', code: 'plane_crashed' } }
      const ended = { phase: 'ended', turn, outcome: 'refused', recorded: true } as const
      deps.recorder.close(closedTurnOf(ended, conversationId, clock.wallTime()))
    }
    // A wake that was acknowledged is on disk; both waits are one.
    Promise.all([plane.open(stream), deps.durable?.()])
      .then(([udp]) => onOpen(udp), onRefused)
      .catch((error: unknown) => log.error('beginning a session failed', { deviceId, sessionId, error }))
  }

  const keepSound = ({ sessionId, heard, spoken }: Extract<AudioEvent, { type: 'sound' }>) => {
    deps.sounds?.keep(sessionId, { heard, spoken }).catch((error: unknown) => {
      log.error('the sound of a turn could not be kept', { sessionId, error })
    })
  }
  const dispatch = (sessionId: string, event: SessionEvent) => sessions.get(sessionId)?.dispatch(event)

  const onPlayback = (deviceId: string, message: FromDeviceMessage<'playback'>) => {
    const sessionId = message.session_id ?? message.play_id.slice(0, sessionIdLength)
    dispatch(sessionId, {
      type: 'playback',
      sessionId,
      deviceId,
      playId: message.play_id,
      state: message.state,
      playedMs: message.played_ms,
      ...(message.error ? { code: message.error.code } : {}),
    })
  }
  const onMessage = ({ deviceId, kind, message }: DeviceMessage) => {
    switch (kind) {
      case 'wake':
        return onWake(deviceId, message)
      case 'playback':
        return onPlayback(deviceId, message)
      case 'session_end': {
        const { session_id: sessionId, reason, timings, audio } = message
        dispatch(sessionId, { type: 'session_end', sessionId, deviceId, account: { reason, timings, audio } })
        return
      }
      default:
        // Status, configuration and schedules are other parts' business.
        return
    }
  }
  const shutDown = () => {
    stopping = true
    for (const [sessionId, session] of [...sessions]) {
      // The first ends the session, the second waits no longer for the speaker's account.
      session.dispatch({ type: 'shutdown', sessionId })
      session.dispatch({ type: 'shutdown', sessionId })
    }
  }
  return {
    run: async (signal) => {
      plane.onEvent((event) => (event.type === 'sound' ? keepSound(event) : dispatch(event.sessionId, event)))
      const unsubscribe = channel.onMessage(onMessage)
      await untilAborted(signal)
      unsubscribe()
      shutDown()
    },
    announce: createAnnounce(deps),
    counters: () => ({ ...totals, live: liveByDevice.size, unrecorded: sessions.size }),
  }
}
