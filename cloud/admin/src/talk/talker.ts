import type { TalkMessage } from '@mynah/shared/api/talk.ts'
import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { ok, type Result } from '@mynah/shared/result.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { type ReadonlySignal, signal } from '@preact/signals'
import { type Hearing, type HearingDecision, hear, startHearing, takeWords } from './hearing.ts'
import { type Microphone, openMicrophone } from './microphone.ts'
import { createLoudspeaker, type Loudspeaker, type ReplyPlayer } from './reply-player.ts'
import { openTalkLink, type TalkLink } from './talk-link.ts'
import { restingTalk, stepTalk, type TalkEvent, type TalkState, type Trouble } from './talk-state.ts'
import { createVoiceEncoder, type VoiceEncoder } from './voice-encoder.ts'

export type Asking = {
  readonly homeId: string
  readonly language: Language
  /** Who is to answer, by name. */
  readonly persona: string | undefined
  /** What this browser is called under Conversations. */
  readonly speakerName: string | undefined
}

/** This browser as a speaker: its microphone, its loudspeaker and its connection. */
export type Talker = {
  readonly state: ReadonlySignal<TalkState>
  /** Loudness of the microphone, -96 to 0 dBFS, while it listens. */
  readonly levelDbfs: ReadonlySignal<number>
  readonly say: (asking: Asking, text: string) => void
  /** `untilSilence`: ends by itself; otherwise by `endSpeech`. */
  readonly listen: (asking: Asking, untilSilence: boolean) => void
  readonly endSpeech: () => void
  readonly stop: () => void
  readonly close: () => void
}

/** One turn as the browser runs it, from the press of a button to the last sound. */
type Turn = {
  readonly asking: Asking
  readonly text: string | undefined
  readonly untilSilence: boolean
  sessionId: string | undefined
  hearing: Hearing
  microphone: Microphone | undefined
  encoder: VoiceEncoder | undefined
  player: ReplyPlayer | undefined
  hasEndedSpeech: boolean
  /** Packets of the time before the connection was there. */
  early: Uint8Array<ArrayBuffer>[]
  link: TalkLink | undefined
}

const askedIn = ({ language, persona, speakerName }: Asking) => ({
  language,
  ...(persona !== undefined && { persona }),
  ...(speakerName !== undefined && { speaker_name: speakerName }),
})

const frameMs = 20
/** Three seconds; a connection takes a tenth of one. */
const maxEarlyPackets = 150

export const createTalker = (): Talker => {
  const state = signal<TalkState>(restingTalk)
  const level = signal(-96)
  let link: TalkLink | undefined
  let loudspeaker: Loudspeaker | undefined
  let turn: Turn | undefined
  let previousSessionId: string | undefined
  let volume = 100
  let isClosed = false

  const step = (event: TalkEvent) => {
    state.value = stepTalk(state.value, event)
  }
  const isCurrent = (one: Turn) => turn === one && !isClosed
  const rest = (one: Turn) => {
    one.microphone?.close()
    one.microphone = undefined
    level.value = -96
  }
  /** Ends what this browser does for the turn under way; what was played of a reply is told. */
  const leaveTurn = () => {
    const left = turn
    turn = undefined
    if (!left) return
    rest(left)
    left.encoder?.close()
    const playedMs = left.player?.stop()
    if (playedMs !== undefined && left.link?.isOpen()) {
      left.link.send({ type: 'playback', state: 'interrupted', played_ms: playedMs })
    }
  }
  const fail = (trouble: Trouble) => {
    leaveTurn()
    step({ type: 'troubled', trouble })
  }
  const stop = () => {
    const { link: open } = turn ?? {}
    leaveTurn()
    if (open?.isOpen()) open.send({ type: 'stop' })
    step({ type: 'stopped' })
  }

  const endSpeech = () => {
    const ending = turn
    if (!ending || ending.text !== undefined || ending.hasEndedSpeech) return
    ending.hasEndedSpeech = true
    rest(ending)
    step({ type: 'speech_ended' })
    void tellEndOfSpeech(ending)
  }
  const tellEndOfSpeech = async (ending: Turn) => {
    await ending.encoder?.flush()
    if (!isCurrent(ending)) return
    ending.link?.send({ type: 'end_of_speech', silence_ms: ending.hearing.silenceMs })
  }
  const onDecision = (decision: HearingDecision) => {
    if (decision === 'end_of_speech') endSpeech()
    if (decision !== 'nothing_said') return
    stop()
    step({ type: 'troubled', trouble: 'nothing_said' })
  }
  const onMicrophoneFrame = (one: Turn, frame: Int16Array<ArrayBuffer>) => {
    if (!isCurrent(one) || one.hasEndedSpeech) return
    level.value = levelDbfs(frame)
    one.encoder?.encode(frame)
    const [hearing, decision] = hear(one.hearing, { levelDbfs: level.value, frameMs })
    one.hearing = hearing
    if (one.untilSilence) onDecision(decision)
  }
  const onPacket = (one: Turn, packet: Uint8Array<ArrayBuffer>) => {
    if (!isCurrent(one)) return
    if (one.link) one.link.sendFrame(packet)
    else if (one.early.length < maxEarlyPackets) one.early.push(packet)
  }

  const onStarted = (sessionId: string) => {
    if (!turn || turn.sessionId !== undefined) return
    turn.sessionId = sessionId
    previousSessionId = sessionId
    const { asking, text } = turn
    step({ type: 'opened', sessionId, language: asking.language, text })
  }
  const onTranscript = (message: Extract<TalkMessage, { type: 'transcript' }>) => {
    if (turn?.sessionId === message.session_id) {
      turn.hearing = takeWords(turn.hearing, message.text, message.command)
    }
    step(message)
  }
  const onEndOfReply = (sessionId: string) => {
    if (turn?.sessionId !== sessionId) return
    if (turn.player) turn.player.end()
    else tellPlayback(turn, 'finished', 0)
  }
  const onMessage = (message: TalkMessage) => {
    switch (message.type) {
      case 'hello':
      case 'volume':
        volume = message.volume
        return loudspeaker?.setVolume(volume)
      case 'started':
        return onStarted(message.session_id)
      case 'refused':
        return fail(message.reason === 'too_often' ? 'too_often' : 'busy')
      case 'transcript':
        return onTranscript(message)
      case 'phase':
        return onPhase(message)
      case 'end_of_reply':
        return onEndOfReply(message.session_id)
    }
  }
  const onPhase = (message: Extract<TalkMessage, { type: 'phase' }>) => {
    step(message)
    if (turn?.sessionId !== message.session_id) return
    if (message.phase === 'thinking') {
      // The cloud has heard enough: nothing more is sent.
      turn.hasEndedSpeech = true
      rest(turn)
    }
    if (message.phase === 'ended') {
      rest(turn)
      turn.encoder?.close()
      turn.player?.stop()
      turn = undefined
    }
  }
  const onFrame = (frame: Uint8Array<ArrayBuffer>) => {
    const playing = turn
    if (!playing || !loudspeaker) return
    playing.player ??= loudspeaker.play({
      onStarted: () => tellPlayback(playing, 'started', 0),
      onFinished: (playedMs) => tellPlayback(playing, 'finished', playedMs),
    })
    playing.player.push(frame)
  }
  const tellPlayback = (one: Turn, played: 'started' | 'finished', playedMs: number) => {
    if (isCurrent(one)) one.link?.send({ type: 'playback', state: played, played_ms: playedMs })
  }

  const linkTo = async (homeId: string): Promise<Result<TalkLink, Trouble>> => {
    if (link?.isOpen() && link.homeId === homeId) return ok(link)
    link?.close()
    link = undefined
    const opened = await openTalkLink(homeId, {
      onMessage,
      onFrame,
      onLost: (trouble) => {
        link = undefined
        if (turn || trouble === 'not_allowed') fail(trouble ?? 'connection_lost')
      },
    })
    if (!opened.ok) return opened
    if (isClosed) opened.value.close()
    link = opened.value
    return opened
  }
  const begin = (asking: Asking, text: string | undefined, untilSilence: boolean): Turn => {
    leaveTurn()
    const begun: Turn = {
      asking,
      text,
      untilSilence,
      sessionId: undefined,
      hearing: startHearing,
      microphone: undefined,
      encoder: undefined,
      player: undefined,
      hasEndedSpeech: false,
      early: [],
      link: undefined,
    }
    turn = begun
    step({ type: 'begun' })
    return begun
  }
  /** Connects, and tells the cloud that a turn begins; what the microphone gave meanwhile follows. */
  const openTurn = async (begun: Turn) => {
    const { asking, text } = begun
    // Both from the press itself: without it the browser keeps the loudspeaker silent.
    const [linked, speaker] = await Promise.all([
      linkTo(asking.homeId),
      loudspeaker ? Promise.resolve(loudspeaker) : createLoudspeaker(),
    ])
    if (isClosed) return speaker.close()
    loudspeaker ??= speaker
    loudspeaker.setVolume(volume)
    if (!isCurrent(begun)) return
    if (!linked.ok) return fail(linked.error)
    begun.link = linked.value
    begun.link.send({
      type: 'start',
      ...askedIn(asking),
      up: begun.encoder?.codec ?? 'pcm',
      down: loudspeaker.codec,
      ...(text !== undefined && { text }),
      ...(previousSessionId !== undefined && { previous_session_id: previousSessionId }),
    })
    for (const packet of begun.early) begun.link.sendFrame(packet)
    begun.early = []
    if (begun.hasEndedSpeech) void tellEndOfSpeech(begun)
  }
  const listen = async (begun: Turn) => {
    begun.encoder = await createVoiceEncoder((packet) => onPacket(begun, packet))
    const opened = await openMicrophone((frame) => onMicrophoneFrame(begun, frame))
    if (!isCurrent(begun) || begun.hasEndedSpeech) {
      if (opened.ok) opened.value.close()
      // Let go before the microphone was there: nothing can have been said.
      if (isCurrent(begun)) stop()
      return
    }
    if (!opened.ok) return fail(opened.error)
    begun.microphone = opened.value
    step({ type: 'listening' })
    await openTurn(begun)
  }
  return {
    state,
    levelDbfs: level,
    say: (asking, text) => void openTurn(begin(asking, text, false)),
    listen: (asking, untilSilence) => void listen(begin(asking, undefined, untilSilence)),
    endSpeech,
    stop,
    close: () => {
      leaveTurn()
      isClosed = true
      link?.close()
      loudspeaker?.close()
    },
  }
}
