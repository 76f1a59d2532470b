import { targetSchema } from '@mynah/shared/firmware/manifest.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { outliveReaders } from '@mynah/shared/log/output-readers.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import * as v from 'valibot'
import { selectLoudspeaker, selectMicrophone } from './audio/backends/select.ts'
import { createClaimFile } from './claim/claim-file.ts'
import { claimInvitation } from './claim/claim-invitation.ts'
import { defaultConfig } from './config/device-config.ts'
import { runDoctor } from './doctor/run-doctor.ts'
import { type CancelledSound, cancelEcho, type SoundPair } from './echo/cancelled-sound.ts'
import { createIdentityStore, newDeviceId } from './identity/identity.ts'
import { createMuteSwitch } from './indicators/mute-switch.ts'
import type { KeyLines } from './indicators/raspberry-pi.ts'
import { runIndicators } from './indicators/run-indicators.ts'
import { createFindClouds } from './link/clouds-on-network.ts'
import { enrol } from './link/enrolment.ts'
import { createMqttConnector } from './link/mqtt-connection.ts'
import { connectTunnel } from './link/tunnel.ts'
import { createUdpConnector } from './link/udp.ts'
import { systemBootClock } from './local/boot-clock.ts'
import { type MainArguments, parseArguments, usage } from './main-arguments.ts'
import { createOwnedSpeaker } from './runtime/owned-speaker.ts'
import type { Speaker } from './runtime/speaker.ts'
import { type AdjustableLog, createAdjustableLog } from './service/log-level.ts'
import { createProcessHealth } from './service/process-health.ts'
import { createServiceNotifier } from './service/service-notifier.ts'
import { createUnderstanding } from './understanding/create-understanding.ts'
import { forkUnderstanding } from './understanding/understanding-process.ts'
import { createSelfUpdate, type SelfUpdate } from './update/self-update.ts'
import { createSileroVad } from './vad/silero.ts'
import { deviceVersion } from './version.ts'
import { createNearMissFolder } from './wake/near-miss-folder.ts'
import { createOpenWakeWord } from './wake/open-wake-word.ts'
import { openOwnWordEars } from './wake/own-word-ears.ts'
import { enrolOwnWord, forgetWord, listWords } from './wake/own-words-commands.ts'
import { createOwnWordsFile } from './wake/own-words-file.ts'
import { findPorcupine } from './wake/porcupine.ts'
import { findKeywordSpotter } from './wake/sherpa/keyword-spotter.ts'
import { forkSpotter } from './wake/sherpa/spotter-process.ts'
import { ownVoiceRule } from './wake/trigger.ts'
import { asGuard, createWakeEngines, type WakeEngine } from './wake/wake-engines.ts'

const firmware = deviceVersion()

type OwnWordsArguments = Extract<MainArguments, { command: 'enrol_word' | 'forget' | 'words' }>

/** Exit codes of sysexits.h: 64 for a wrong command line, 69 for a service that is not there, 78 for a wrong configuration. */
const exitCodes = { usage: 64, unavailable: 69, configuration: 78 } as const

const fail = (message: string, exitCode: number): never => {
  console.error(message)
  process.exit(exitCode)
}

const stopOnSignals = (): AbortController => {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // The second one is from somebody who does not want to wait.
      if (stop.signal.aborted) process.exit(1)
      stop.abort()
    })
  }
  return stop
}

const runEnrolment = async (args: Extract<MainArguments, { command: 'enrol' }>, log: Log, signal: AbortSignal) => {
  const store = createIdentityStore(args.store, log)
  const request = { cloudUrl: args.cloud, token: args.token, deviceId: args.deviceId ?? newDeviceId() }
  const outcome = await enrol(request, { clock: systemClock, log, random: Math.random, fetch }, signal)
  if (!outcome.ok) {
    return fail(`Enrolment failed (${outcome.error.code}): ${outcome.error.message}`, exitCodes.unavailable)
  }
  await createClaimFile(args.store, log).end()
  await store.write(outcome.value)
  console.log(`This speaker is ${outcome.value.deviceId} of ${outcome.value.cloudUrl}.`)
}

const runOwnWords = async (args: OwnWordsArguments, log: Log, signal: AbortSignal) => {
  const file = createOwnWordsFile(args.store, log)
  const say = (sentence: string) => console.log(sentence)
  if (args.command === 'words') return listWords(file, say)
  if (args.command === 'forget') return forgetWord(file, args.word, say)
  const microphone = selectMicrophone(args.microphone, systemClock)
  if (!microphone.ok) return fail(microphone.error.message, exitCodes.usage)
  const outcome = await enrolOwnWord({ file, microphone: microphone.value, say }, args.word, signal)
  if (!outcome.ok) return fail(outcome.error.message, exitCodes.unavailable)
}

type SoundArguments = Pick<Extract<MainArguments, { command: 'run' }>, 'microphone' | 'loudspeaker' | 'echoCanceller'>

const openSound = (of: SoundArguments, log: Log): CancelledSound | SoundPair => {
  const microphone = selectMicrophone(of.microphone, systemClock)
  if (!microphone.ok) return fail(microphone.error.message, exitCodes.usage)
  const loudspeaker = selectLoudspeaker(of.loudspeaker, systemClock)
  if (!loudspeaker.ok) return fail(loudspeaker.error.message, exitCodes.usage)
  const sound = { microphone: microphone.value, loudspeaker: loudspeaker.value }
  return of.echoCanceller === 'mynah' ? cancelEcho(sound, log) : sound
}

const examineSpeaker = async (args: Extract<MainArguments, { command: 'doctor' }>, log: Log, signal: AbortSignal) => {
  process.exitCode = await runDoctor(
    {
      clock: systemClock,
      log,
      store: args.store,
      ...(args.cloud === undefined ? {} : { cloudUrl: args.cloud }),
      language: args.language,
      json: args.json,
      ...openSound(args, log),
      network: { connectMqtt: createMqttConnector(), connectUdp: createUdpConnector(), fetch },
      startUnderstanding: () => forkUnderstanding(),
      ...(args.zhModelDir === undefined ? {} : { zhModelDir: args.zhModelDir }),
      print: (line) => console.log(line),
    },
    signal,
  )
}

/** Undefined where the launcher and its slots are not used: a checkout of the sources, a processor that no release is made for. */
const selfUpdateOf = (
  args: Extract<MainArguments, { command: 'run' }>,
  of: { readonly log: Log; readonly owned: () => Speaker | undefined; readonly restart: () => void },
): SelfUpdate | undefined => {
  if (args.slots === undefined || !v.is(targetSchema, process.arch)) return undefined
  return createSelfUpdate({
    clock: systemClock,
    log: of.log,
    random: Math.random,
    fetch,
    root: args.slots,
    trustedKeys: args.firmwareKeys ?? [],
    target: process.arch,
    version: firmware,
    readIdentity: () => createIdentityStore(args.store, of.log).read(),
    speaker: of.owned,
    restart: of.restart,
  })
}

/** What hears words beside openWakeWord. What was asked for and is not there is said once; the speaker listens without it. */
const wakeEnginesOf = async (
  args: Extract<MainArguments, { command: 'run' }>,
  log: Log,
): Promise<readonly WakeEngine[]> => {
  const start = () => forkSpotter()
  const asked = [
    ...(args.porcupineKey === undefined
      ? []
      : [await findPorcupine({ accessKey: args.porcupineKey, keywordFiles: args.porcupineWords ?? {} })]),
    ...(args.keywordModel === undefined
      ? []
      : [findKeywordSpotter({ clock: systemClock, log, start }, args.keywordModel)]),
  ]
  return asked.flatMap((found) => {
    if (found.ok) return [found.value]
    log.warn('a wake word engine is not there', { code: found.error.code, message: found.error.message })
    return []
  })
}

const understandingOf = (args: Extract<MainArguments, { command: 'run' }>, log: Log) =>
  createUnderstanding({
    clock: systemClock,
    log,
    start: () => forkUnderstanding(),
    ...(args.zhModelDir !== undefined && { zhModelDir: args.zhModelDir }),
    ...(args.lanSpeech !== undefined && { lanSpeechUrl: args.lanSpeech }),
  })

/** What hangs on the GPIO lines of this speaker. */
const keyLinesOf = ({ button, muteButton, muteSwitch }: Extract<MainArguments, { command: 'run' }>): KeyLines => ({
  ...(button === undefined ? {} : { button }),
  ...(muteButton === undefined ? {} : { mute_button: muteButton }),
  ...(muteSwitch === undefined ? {} : { mute_switch: muteSwitch }),
})

const runSpeaker = async (
  args: Extract<MainArguments, { command: 'run' }>,
  logger: AdjustableLog,
  stopping: AbortController,
) => {
  const { log } = logger
  const { signal } = stopping
  const hasCloud = args.cloud ?? (await createClaimFile(args.store, log).read())
  if (!hasCloud && !(await createIdentityStore(args.store, log).read())) {
    return fail(
      `No identity in ${args.store}: name a cloud with --cloud, or run "enrol".\n${usage}`,
      exitCodes.configuration,
    )
  }
  const { microphone, loudspeaker, ...echo } = openSound(args, log)
  const ownWords = createOwnWordsFile(args.store, log).read
  const nearMisses = createNearMissFolder({ clock: systemClock, log, storeDir: args.store, mostKept: args.nearMisses })
  const wakeWord = await createOpenWakeWord({
    settings: defaultConfig.wake,
    ownWords,
    ...(args.nearMisses > 0 ? { onNearMiss: nearMisses.keep } : {}),
  })
  if (!wakeWord.ok) return fail(`No wake word: ${wakeWord.error.message}`, exitCodes.configuration)
  const ownVoice = await createOpenWakeWord({ settings: defaultConfig.wake, rule: ownVoiceRule, ownWords })
  if (!ownVoice.ok) return fail(`No wake word: ${ownVoice.error.message}`, exitCodes.configuration)
  const engines = await wakeEnginesOf(args, log)
  const wake = createWakeEngines({ log, main: wakeWord.value, engines })
  const guard = createWakeEngines({ log, main: ownVoice.value, engines: engines.map(asGuard) })
  const voiceActivity = await createSileroVad()
  const boot = systemBootClock()
  const keys = keyLinesOf(args)
  const muteSwitch = createMuteSwitch()
  const selfUpdate = selfUpdateOf(args, { log, owned: () => speaker.owned(), restart: () => stopping.abort() })
  const speaker = createOwnedSpeaker({
    clock: systemClock,
    log,
    random: Math.random,
    microphone: selfUpdate?.watchMicrophone(microphone) ?? microphone,
    loudspeaker: selfUpdate?.watchLoudspeaker(loudspeaker) ?? loudspeaker,
    ...echo,
    wakeWord: wake,
    ownVoice: guard,
    openOwnWordEars,
    voiceActivity,
    understanding: understandingOf(args, log),
    storeDir: args.store,
    ...(boot ? { boot } : {}),
    ...('mute_switch' in keys && { muteSwitch }),
    ...(args.cloud !== undefined && { claim: { cloudUrl: args.cloud, language: args.language } }),
    findClouds: createFindClouds({ clock: systemClock, log }),
    fetch,
    networkFor: async () => ({
      network: { connectMqtt: createMqttConnector(), connectUdp: createUdpConnector(), connectTunnel, fetch },
      close: async () => {},
    }),
    firmware,
    ...(v.is(targetSchema, process.arch) && { target: process.arch }),
    readHealth: createProcessHealth(),
    system: { setLogLevel: logger.setLevel, ...(selfUpdate ? { offerUpdate: selfUpdate.offer } : {}) },
  })
  speaker.events((event) => {
    if (event.type === 'claim_code') console.log(claimInvitation(event.code, event.cloudUrl))
    if (event.type === 'claimed') log.info('the speaker has an owner', { device: event.deviceId })
    if (event.type === 'released') log.info('the speaker has no owner any more')
    if (event.type === 'turn_ended') {
      const { sessionId, reason, timings, audio } = event
      log.info('turn finished', { session: sessionId, reason, timings, audio })
    }
  })
  log.info('the speaker listens', { firmware, words: wake.settings().words })
  const notifier = createServiceNotifier({ clock: systemClock, log, environment: process.env })
  const indicators = runIndicators(
    { clock: systemClock, log, speaker, leds: args.lights ?? 0, keys, muteSwitch },
    signal,
  )
  await Promise.all([speaker.run(signal), notifier.run(signal), selfUpdate?.run(signal), indicators])
  await Promise.all([wake.close(), guard.close(), voiceActivity.close(), nearMisses.settled()])
  log.info('the speaker stopped')
}

const main = async () => {
  const args = parseArguments(process.argv.slice(2), process.env)
  if (!args.ok) return fail(`${args.error}\n${usage}`, exitCodes.usage)
  if (args.value.command === 'help') return console.log(usage)
  const writeLine = (line: string) => void process.stderr.write(`${line}\n`)
  const logger = createAdjustableLog({ clock: systemClock, writeLine }, args.value.logLevel)
  const stopping = stopOnSignals()
  switch (args.value.command) {
    case 'run':
      return runSpeaker(args.value, logger, stopping)
    case 'enrol':
      return runEnrolment(args.value, logger.log, stopping.signal)
    case 'doctor':
      return examineSpeaker(args.value, logger.log, stopping.signal)
    default:
      return runOwnWords(args.value, logger.log, stopping.signal)
  }
}

outliveReaders()
main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
