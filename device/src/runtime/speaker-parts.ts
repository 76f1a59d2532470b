import { join } from 'node:path'
import { newSessionId } from '@mynah/shared/wire/session-keys.ts'
import { createCommands } from '../commands/commands.ts'
import { defaultConfig } from '../config/device-config.ts'
import { createDialogShell } from '../dialog/shell.ts'
import { cloudAccessOf } from '../identity/cloud-access.ts'
import { type ControlMessage, createControlLink } from '../link/control-link.ts'
import { createAudioPath } from '../link/path.ts'
import { createStatusReporter } from '../link/status.ts'
import { createScheduleKeeper } from '../local/schedule-keeper.ts'
import { createOwnWordsAtSpeaker } from '../wake/own-words-at-speaker.ts'
import { createOwnWordsFile } from '../wake/own-words-file.ts'
import type { WakeDetection } from '../wake/wake-word.ts'
import { createCurrentTurn } from './current-turn.ts'
import { createHearing, isAttentive } from './hearing.ts'
import { createInbound } from './inbound.ts'
import { createLocalAnswers } from './local-answers.ts'
import { createOtherSounds } from './other-sounds.ts'
import { createSelfReport } from './self-report.ts'
import { createSettings } from './settings.ts'
import { createSoundHardware } from './sound-hardware.ts'
import type { SpeakerDeps } from './speaker-deps.ts'
import type { PhraseName, SpeakerEvent } from './speaker-event.ts'
import { createVoice } from './voice.ts'

export type SpeakerPartsDeps = SpeakerDeps & {
  readonly emit: (event: SpeakerEvent) => void
  readonly onUnexpected: (error: unknown) => void
  /** Starts a task that ends with the speaker; while it does not run, nothing is started. */
  readonly whileRunning: (task: (signal: AbortSignal) => Promise<unknown>) => void
}

/** What a speaker is made of, and what each part tells the others. Nothing happens yet. */
export const createSpeakerParts = (deps: SpeakerPartsDeps) => {
  const { clock, log, random, identity, network, emit, onUnexpected } = deps
  const { deviceId, deviceSecret, cloudUrl } = identity
  const { mqttPassword, bearer, tunnelUrl } = cloudAccessOf(identity)

  const voice = createVoice({ ...deps, bearer, config: () => settings.config(), emit })
  const { sounds, phrases } = voice

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
      path.renew().catch(onUnexpected)
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
    if (schedule.isRinging()) schedule.stopRinging().catch(onUnexpected)
    dialog.tell({ type: 'wake_word_heard', newSessionId: newSessionId(), word, score, atSample, atMs: clock.now() })
  }
  const hearing = createHearing({
    ...deps,
    hardware,
    onFrame: (frame) => {
      turn.hear(frame)
      ownWords?.hear(frame)
    },
    onWake: wake,
    onEndOfTurn: (reason, endOfSpeechSample) => {
      const sessionId = dialog.sessionId()
      if (sessionId === undefined) return
      if (reason !== 'no_speech') turn.speechEnded(endOfSpeechSample)
      const outcome = reason === 'no_speech' || reason === 'hard_cap' ? reason : 'speech_ended'
      dialog.tell({ type: 'end_of_turn', sessionId, outcome })
    },
    onFollowUp: (sinceSample) =>
      dialog.tell({ type: 'speech_started', newSessionId: newSessionId(), sinceSample, atMs: clock.now() }),
  })
  const { capture } = hearing
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
    ears: hearing.ears,
    language: () => settings.config().language,
    tell: (event) => dialog.tell(event),
    onUnexpected,
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
      voice.mixer.setDucked(isAttentive(phase))
      hearing.attend(phase, settings.config().followUpMs)
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
      phrases.load(config.language).then(fetchPhrases).catch(onUnexpected)
    },
  })
  /** While it runs and has a cloud. */
  const fetchPhrases = () => {
    if (!link.isOnline()) return
    deps.whileRunning((signal) => phrases.fetchMissing(settings.config().language, signal))
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
    path: join(deps.storeDir, 'schedule.json'),
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

  return { dialog, hardware, hearing, link, others, ownWords, path, schedule, selfReport, settings, status, voice }
}
