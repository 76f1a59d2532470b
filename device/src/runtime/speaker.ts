import { join } from 'node:path'
import { createScope, type Scope } from '@mynah/shared/streams/scope.ts'
import { newSessionId } from '@mynah/shared/wire/session-keys.ts'
import type { DialogPhase, Language } from '@mynah/shared/wire/topics.ts'
import { createCapture } from '../audio/capture.ts'
import { captureSampleRateHz } from '../audio/ports.ts'
import { createCommands } from '../commands/commands.ts'
import { defaultConfig } from '../config/device-config.ts'
import { createDialogShell } from '../dialog/shell.ts'
import { cloudAccessOf } from '../identity/cloud-access.ts'
import { type ControlMessage, createControlLink } from '../link/control-link.ts'
import { createAudioPath } from '../link/path.ts'
import { createStatusReporter } from '../link/status.ts'
import { createScheduleKeeper } from '../local/schedule-keeper.ts'
import { createOwnVoice } from '../wake/own-voice.ts'
import { createOwnWordsAtSpeaker } from '../wake/own-words-at-speaker.ts'
import { createOwnWordsFile } from '../wake/own-words-file.ts'
import type { WakeDetection } from '../wake/wake-word.ts'
import { createCurrentTurn } from './current-turn.ts'
import { createEars, type Ears } from './ears.ts'
import { createInbound } from './inbound.ts'
import { keepPlaying } from './keep-playing.ts'
import { createLocalAnswers } from './local-answers.ts'
import { createOtherSounds } from './other-sounds.ts'
import { createPauseMemory } from './pause-memory.ts'
import { createSelfReport } from './self-report.ts'
import { createSettings } from './settings.ts'
import { createSoundHardware } from './sound-hardware.ts'
import type { SpeakerDeps } from './speaker-deps.ts'
import type { PhraseName, SpeakerEvent } from './speaker-event.ts'
import { createVoice } from './voice.ts'

export type Speaker = {
  readonly deviceId: string
  /** Listens, speaks and stays connected until `signal` aborts. Run it once. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Calls `listener` synchronously with everything that happens; answers how to unsubscribe. */
  readonly events: (listener: (event: SpeakerEvent) => void) => () => void
  /** A typed turn, 1 to 1,000 characters: nothing is heard, the reply is spoken. Throws RangeError for another length. */
  readonly sayText: (text: string) => void
  /** Silences what rings; else starts a turn, or stops the one that runs. */
  readonly pressButton: () => void
  /** A mute switch that is on has the last word. */
  readonly setMuted: (muted: boolean) => void
  readonly muted: () => boolean
  readonly setVolume: (volume: number) => Promise<void>
  readonly phase: () => DialogPhase
  readonly language: () => Language
  readonly counters: () => Readonly<Record<string, number>>
  /** How long it can be away without anybody missing it: 0 while somebody talks to it or it rings, else until something is due. */
  readonly quietForMs: () => number
  readonly isOnline: () => boolean
  /** What became of an offered release. */
  readonly reportUpdate: (state: { readonly code: string; readonly message: string }) => void
}

const samplesPerMs = captureSampleRateHz / 1000
const longestText = 1_000

/** Puts a speaker together; nothing happens before `run`. */
export const createSpeaker = (deps: SpeakerDeps): Speaker => {
  const { clock, log, random, identity, network } = deps
  const { deviceId, deviceSecret, cloudUrl } = identity
  const { mqttPassword, bearer, tunnelUrl } = cloudAccessOf(identity)
  const listeners = new Set<(event: SpeakerEvent) => void>()
  const inStore = (name: string) => join(deps.storeDir, name)
  let life: Scope | undefined

  const emit = (event: SpeakerEvent) => {
    for (const listener of listeners) listener(event)
  }
  const voice = createVoice({ ...deps, bearer, config: () => settings.config(), emit })
  const { sounds, phrases } = voice
  const pauses = createPauseMemory({ path: inStore('ears.json'), log })

  const link = createControlLink({
    clock,
    log,
    random,
    connectMqtt: network.connectMqtt,
    deviceId,
    mqttUrl: identity.mqttUrl,
    mqttPassword,
    onMessage: (message: ControlMessage) => inbound(message),
    onLink: (state) => {
      dialog.tell({ type: 'link_changed', link: state })
      emit({ type: 'link_changed', link: state, atMs: clock.now() })
      deps.understanding?.setNeeded(state === 'offline')
      if (state === 'offline') return
      link.publish('status', selfReport.status())
      schedule.publish()
      fetchPhrases()
    },
    onRefused: () => deps.system?.refused?.(),
  })
  const path = createAudioPath({
    clock,
    log,
    connectUdp: network.connectUdp,
    connectTunnel: network.connectTunnel,
    tunnel: { url: tunnelUrl, bearer },
    onDatagram: (bytes) => turn.receive(bytes),
  })
  const ownVoice = deps.ownVoice && createOwnVoice({ clock, log, detector: deps.ownVoice })
  const unexpected = (error: unknown) => log.error('something failed that should not', { error })

  const newEars = (learnedPauseMs?: number): Ears =>
    createEars({
      ...(learnedPauseMs === undefined ? {} : { learnedPauseMs }),
      onEndOfTurn: (reason, endOfSpeechMs) => {
        const sessionId = dialog.sessionId()
        if (sessionId === undefined) return
        if (reason !== 'no_speech') turn.speechEnded(Math.round(endOfSpeechMs * samplesPerMs))
        const outcome = reason === 'no_speech' || reason === 'hard_cap' ? reason : 'speech_ended'
        dialog.tell({ type: 'end_of_turn', sessionId, outcome })
      },
      onFollowUp: (sinceMs) =>
        dialog.tell({
          type: 'speech_started',
          newSessionId: newSessionId(),
          sinceSample: Math.round(sinceMs * samplesPerMs),
          atMs: clock.now(),
        }),
    })
  let ears = newEars()

  const hardware = createSoundHardware({
    language: () => settings.config().language,
    publishEvent: (event) => link.publish('event', event),
    onChange: (direction, fault) => {
      const atMs = clock.now()
      if (direction === 'microphone') dialog.tell({ type: 'microphone_changed', works: fault === undefined, atMs })
      emit({ type: 'sound_hardware_changed', direction, ...(fault ? { fault } : {}), atMs })
    },
  })

  const wake = ({ word, score, atSample }: WakeDetection) => {
    if (ownWords?.isRecording()) return
    // Whoever speaks to a ringing speaker has heard it.
    if (schedule.isRinging()) schedule.stopRinging().catch(unexpected)
    dialog.tell({ type: 'wake_word_heard', newSessionId: newSessionId(), word, score, atSample, atMs: clock.now() })
  }
  const capture = createCapture({
    clock,
    log,
    random,
    microphone: deps.microphone,
    wakeWord: deps.wakeWord,
    voiceActivity: deps.voiceActivity,
    onFrame: (frame) => {
      turn.hear(frame)
      ownWords?.hear(frame)
    },
    onHeard: (heard) => ears.hear(heard),
    onFailed: (error) => hardware.failed('microphone', error),
    onWorks: () => hardware.works('microphone'),
    onWake: (detection) => (ownVoice ? ownVoice.unlessSaidItself(() => wake(detection)) : wake(detection)),
  })
  const localAnswers =
    deps.understanding &&
    createLocalAnswers({
      clock,
      log,
      deviceId,
      understanding: deps.understanding,
      schedule: {
        items: () => schedule.items(),
        receive: (c) => schedule.receive(c),
        stopRinging: () => schedule.stopRinging(),
      },
      volume: { current: () => settings.volume.current(), set: (volume) => settings.volume.set(volume) },
      config: () => settings.config(),
    })
  const turn = createCurrentTurn({
    clock,
    deviceSecret,
    link,
    path,
    capture,
    sounds,
    ears: () => ears,
    language: () => settings.config().language,
    tell: (event) => dialog.tell(event),
    onUnexpected: unexpected,
    emit,
    ...(localAnswers ? { localAnswers } : {}),
  })
  const dialog = createDialogShell({
    clock,
    log,
    ambient: {
      muted: false,
      link: 'offline',
      localCommands: deps.understanding?.ability().type === 'commands',
      followUpMs: defaultConfig.followUpMs,
    },
    turn,
    earcon: voice.earcon,
    phrase: voice.say,
    emit,
    onPhase: (phase) => {
      const attentive = phase === 'listening' || phase === 'expecting'
      voice.mixer.setDucked(attentive)
      capture.setAttentive(attentive)
      if (phase === 'expecting') ears.expect(capture.nextSample() / samplesPerMs, settings.config().followUpMs)
      if (phase === 'idle') {
        ears.rest()
        pauses.keep(ears.learnedPauseMs())
      }
      status.changed()
    },
  })

  const settings = createSettings({
    ...deps,
    publish: link.publish,
    emit,
    onVolume: (volume) => {
      voice.setVolume(volume)
      status.changed()
    },
    onMuted: (muted) => {
      capture.setMuted(muted)
      dialog.tell({ type: 'mute_changed', muted })
      status.changed()
    },
    onConfig: (config, before) => {
      voice.refresh()
      dialog.tell({ type: 'follow_up_changed', followUpMs: config.followUpMs })
      status.changed()
      deps.understanding?.setLanguage(config.language)
      if (config.language === before.language) return
      phrases.load(config.language).then(fetchPhrases).catch(unexpected)
    },
  })
  /** While it runs and has a cloud. */
  const fetchPhrases = () => {
    if (!link.isOnline()) return
    life?.run((signal) => phrases.fetchMissing(settings.config().language, signal))
  }
  const selfReport = createSelfReport({
    ...deps,
    fetch: network.fetch,
    cloudUrl,
    phase: () => dialog.phase(),
    isRinging: () => schedule.isRinging(),
    settings,
    voice,
    capture,
    hardware,
    link,
    path,
    ability: () => deps.understanding?.ability(),
  })
  const status = createStatusReporter({ clock, read: selfReport.status, publish: (now) => link.publish('status', now) })
  const schedule = createScheduleKeeper({
    path: inStore('schedule.json'),
    clock,
    ...(deps.boot ? { boot: deps.boot } : {}),
    log,
    ring: () => sounds.ring(),
    publishState: (state) => link.publish('schedule/state', state),
    publishEvent: (event) => link.publish('event', event),
    onRinging: (ringing) => emit({ type: 'ringing_changed', ringing, atMs: clock.now() }),
    onFired: ({ item_id: itemId, kind }) => emit({ type: 'schedule_fired', itemId, kind, atMs: clock.now() }),
  })
  const others = createOtherSounds({
    sounds,
    phrase: (name) => phrases.get(settings.config().language, name as PhraseName), // an unknown name is simply not found
    publish: (playback) => link.publish('playback', playback),
    onReport: (playId, { state, playedMs }) => emit({ type: 'playback', playId, state, playedMs, atMs: clock.now() }),
  })
  const ownWords =
    deps.openOwnWordEars &&
    createOwnWordsAtSpeaker({
      clock,
      file: createOwnWordsFile(deps.storeDir, log),
      openEars: deps.openOwnWordEars,
      // Also in quiet hours and where chimes are off: nobody is recorded unawares.
      cue: () => sounds.earcon('wake'),
      onRecording: (recording) => emit({ type: 'own_word_recording_changed', recording, atMs: clock.now() }),
      hindrance: () => (settings.muted() ? 'muted' : selfReport.isBusy() ? 'busy' : undefined),
      configuredWords: () => settings.config().wake.words,
      putIntoForce: settings.refreshWake,
    })
  const commands = createCommands({
    log,
    acknowledge: (ack) => link.publish('command/ack', ack),
    effects: {
      ...deps.system,
      identify: () => voice.earcon('timer_ring'),
      setVolume: settings.volume.set,
      ...(ownWords ? { ownWords: ownWords.receive } : {}),
      doctor: selfReport.examination,
    },
  })
  const inbound = createInbound({
    dialog,
    turn,
    path,
    receiveConfig: settings.receiveConfig,
    schedule,
    commands,
    playOther: others.play,
    offerUpdate: (offer) => deps.system?.offerUpdate?.(offer),
  })

  const forgetAbility = deps.understanding?.onAbility((ability) => {
    dialog.tell({ type: 'local_commands_changed', available: ability.type === 'commands' })
    status.changed()
  })

  const load = async () => {
    await settings.load()
    await schedule.load()
    await phrases.load(settings.config().language)
    ears = newEars(await pauses.load())
  }
  return {
    deviceId,
    run: async (signal) => {
      await load()
      const scope = createScope(signal)
      life = scope
      if (identity.udp) await path.setAddress(identity.udp)
      scope.run(capture.run)
      scope.run((stop) =>
        keepPlaying(
          {
            ...deps,
            render: ownVoice?.overhear(voice.mixer.render) ?? voice.mixer.render,
            onFailed: (error) => hardware.failed('loudspeaker', error),
            onWorks: () => hardware.works('loudspeaker'),
          },
          stop,
        ),
      )
      scope.run(voice.run)
      scope.run(schedule.run)
      scope.run(status.run)
      if (deps.understanding) {
        // Until the first connection there is no cloud.
        deps.understanding.setNeeded(!link.isOnline())
        scope.run(deps.understanding.run)
      }
      scope.run(link.run)
      try {
        await scope.done()
      } finally {
        dialog.stop()
        forgetAbility?.()
        await path.close()
        await Promise.all([settings.stop(), pauses.settled(), ownWords?.stop()])
      }
    },
    events: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    sayText: (text) => {
      if (text.length < 1 || text.length > longestText) {
        throw new RangeError(`1 to ${longestText} characters, got ${text.length}`)
      }
      dialog.tell({ type: 'text_typed', newSessionId: newSessionId(), text, atMs: clock.now() })
    },
    pressButton: () => {
      link.publish('event', { type: 'button' })
      if (schedule.isRinging()) return void schedule.stopRinging().catch(unexpected)
      if (others.stopAll()) return
      dialog.tell({ type: 'button_pressed', newSessionId: newSessionId(), atMs: clock.now() })
    },
    quietForMs: () => (selfReport.isBusy() ? 0 : schedule.nextDueInMs()),
    isOnline: link.isOnline,
    reportUpdate: (state) => {
      link.publish('event', { type: 'update_state', ...state })
      emit({ type: 'update_changed', code: state.code, atMs: clock.now() })
    },
    setMuted: settings.setMuted,
    muted: settings.muted,
    setVolume: settings.volume.set,
    phase: dialog.phase,
    language: () => settings.config().language,
    counters: selfReport.counters,
  }
}
