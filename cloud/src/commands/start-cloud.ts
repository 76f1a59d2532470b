import { join } from 'node:path'
import { isBrowserId } from '@mynah/shared/api/talk.ts'
import { hostInUrl } from '@mynah/shared/wire/url-host.ts'
import type { ComposedApi } from '../api/compose-api.ts'
import { createApp } from '../app.ts'
import { createDeviceCredentials } from '../auth/device-credentials.ts'
import type { AudioPlane } from '../bridge/audio-plane.ts'
import { createSessions, type Sessions } from '../bridge/session/sessions.ts'
import type { BrokerClient } from '../broker/broker-client.ts'
import { startBroker } from '../broker/start-broker.ts'
import { createDirectory, type Directory } from '../devices/directory.ts'
import { attachAudioTunnel } from '../gateway/audio-tunnel.ts'
import { createEnrolment } from '../gateway/enrolment.ts'
import { createFirmwareDownload } from '../gateway/firmware-download.ts'
import { type DirectAnswers, startHttpServer } from '../gateway/http-server.ts'
import { createOneTimeAudio, type OneTimeAudioStore } from '../gateway/one-time-audio.ts'
import { createOwnPlace } from '../gateway/own-place.ts'
import { builtPanel, createPanelRoutes } from '../gateway/panel.ts'
import { createPhraseSounds } from '../gateway/phrases.ts'
import { createRequestCount } from '../gateway/request-count.ts'
import { createShed } from '../gateway/shed.ts'
import { tellNetwork } from '../gateway/tell-network.ts'
import { type ObservedBroker, observeBroker } from '../live/observed-broker.ts'
import { type ObservedTurns, observeTurns } from '../live/observed-turns.ts'
import { createMetrics, type Metrics } from '../metrics/registry.ts'
import { createPublicHost, ownAddresses, type PublicHost } from '../public-host.ts'
import { restorePlanned } from '../store/backups.ts'
import { databasePath, openStore, type Store } from '../store/open-store.ts'
import { dutiesOf } from '../supervise/duties.ts'
import { createOverload, type Overload } from '../supervise/overload.ts'
import { type BrowserSpeakers, createBrowserSpeakers, withBrowsers } from '../talk/browser-speakers.ts'
import type { CloudDeps } from './cloud-deps.ts'
import { watchParts } from './cloud-metrics.ts'
import { type Engines, startEngines } from './engines.ts'
import { createHomeEngines, type HomeEngines } from './home-engines.ts'
import { partsOf, statusOf } from './part-status.ts'
import type { SpeechService } from './speech-service.ts'
import { startApi } from './start-api.ts'
import { type StartedLive, startLive } from './start-live.ts'
import { addressIn, startPlane, udpAddresses } from './start-plane.ts'

/** What the ready line says. */
export type ReadyCloud = {
  readonly http_url: string
  readonly mqtt_url: string
  readonly udp: readonly string[]
  readonly setup_url?: string
  readonly speech_address: string
}

const maxSessions = 1_000

type Control = CloudDeps & {
  readonly publicHost: PublicHost
  readonly store: Store
  readonly metrics: Metrics
  readonly engines: Engines
  readonly broker: ObservedBroker<BrokerClient>
  readonly turns: ObservedTurns
  readonly directory: Directory
  readonly oneTimeAudio: OneTimeAudioStore
  readonly overload: Overload
  readonly live: StartedLive
  readonly plane?: AudioPlane
  readonly sessions?: Sessions
  readonly api: ComposedApi
}

const openRecords = ({ config, clock, log, parts }: CloudDeps): Store => {
  const { keepsHomes, holdsTurns } = dutiesOf(config.role)
  if (keepsHomes) restorePlanned(databasePath(config.data_dir), join(config.data_dir, 'backups'), log)
  // Messages that come by an external broker are acknowledged one after the other: there every commit waits by itself.
  const commits = config.mqtt_url === undefined ? 'grouped' : 'each'
  const store = openStore({
    dataDir: config.data_dir,
    clock,
    log,
    commits,
    soundsMaxBytes: config.sounds_max_mb * 1024 * 1024,
  })
  parts.add('store', store.close)
  // A gateway beside a bridge has no turns of its own; the bridge's are not its to close.
  if (holdsTurns) {
    const closed = store.turns.closeLeftOpen()
    if (closed > 0) log.warn('turns of an earlier run were left open and are closed as failed', { closed })
  }
  return store
}

const startSessions = (
  deps: CloudDeps &
    Pick<Control, 'broker' | 'turns' | 'directory' | 'store' | 'oneTimeAudio' | 'overload'> &
    Pick<HomeEngines, 'dialogue' | 'choices'>,
  plane: AudioPlane,
  browsers: BrowserSpeakers,
) => {
  const { clock, log, parts, dialogue, choices, broker, directory, store, oneTimeAudio, overload } = deps
  const sessions = createSessions({
    clock,
    log,
    plane,
    dialogue,
    channel: broker,
    devices: { find: (deviceId) => (isBrowserId(deviceId) ? browsers : directory).find(deviceId) },
    choose: choices.forTurn,
    recorder: deps.turns,
    sounds: store.sounds,
    ...(store.durable && { durable: store.durable }),
    oneTimeAudio,
    maxSessions,
    isOverloaded: overload.isOverloaded,
  })
  parts.run('sessions', sessions.run)
  return sessions
}

/** Who is called by a name keeps it, whatever address it stands for; who listens at one address is at no other. */
const tellIfFoundByAddress = (
  { config, parts, log, publicHost }: Pick<Control, 'config' | 'parts' | 'log' | 'publicHost'>,
  port: number,
) => {
  if (!config.tell_network || config.public_url !== undefined || !publicHost.isGuessed) return
  parts.add('word to the local network', tellNetwork(port, log))
}

/** Resolves with the port that HTTP is served on. */
const startGateway = async (control: Control): Promise<number> => {
  const { config, clock, log, parts, store, metrics, engines, broker, directory, plane, oneTimeAudio, api } = control
  const { publicHost } = control
  const credentials = createDeviceCredentials(store.devices)
  const stopped = new AbortController()
  const enrol = createEnrolment({
    clock,
    log,
    store,
    mqttUrl: () => broker.deviceUrlAt(publicHost.current()),
    addressFor: addressIn(config, publicHost, plane),
    onEnrolled: (deviceId) => {
      broker.disconnect(deviceId)
      directory.announce(deviceId)
    },
  })
  const countRequest = createRequestCount(metrics, clock)
  const panelDir = builtPanel()
  const app = createApp({
    clock,
    log,
    metrics,
    countRequest,
    ...(store.durable && { durable: store.durable }),
    trustProxy: config.trust_proxy,
    credentials,
    enrol,
    oneTimeAudio,
    phrases: createPhraseSounds({ dir: join(config.data_dir, 'phrases'), tts: engines.tts, log }, stopped.signal),
    setup: store.setup,
    parts: () => partsOf(control),
    status: statusOf({ ...control, startedAt: clock.wallTime().toISOString() }),
    api: api.app,
    firmwareDownload: createFirmwareDownload({ clock, log, credentials, firmware: api.firmware }),
    ...(panelDir !== undefined && { panel: createPanelRoutes({ distDir: panelDir }) }),
  })
  const shed = createShed(control.overload.isOverloaded)
  const reads = api.directReads(countRequest)
  const direct: DirectAnswers = (request, response) => shed(request, response) || reads(request, response)
  const http = await startHttpServer(app, { host: config.host, port: config.http_port, clock, direct })
  parts.add('HTTP', http.close)
  parts.add('live events', api.attach(http.server, { refuseOthers: plane === undefined }))
  if (plane) {
    const dropped = metrics.counter('mynah_tunnel_dropped_total', 'Messages of audio tunnels dropped, by reason')
    const tunnels = { clock, log, credentials, plane, dropped, trustProxy: config.trust_proxy }
    parts.add('audio tunnels', attachAudioTunnel(http.server, tunnels))
  }
  parts.add('syntheses', () => stopped.abort())
  return http.port
}

/**
 * Starts all parts of a cloud in the order in which they need each other; each is in `parts` as soon as it runs, so that a
 * failure half-way leaves nothing behind. Rejects with `PortTakenError`, `StoreError` or the error of the part that cannot start.
 */
export const startCloud = async (
  { speech, ...deps }: CloudDeps & { readonly speech: SpeechService },
  signal: AbortSignal,
): Promise<ReadyCloud> => {
  const { config, clock, log, parts } = deps
  const publicHost = createPublicHost(config, clock)
  const live = startLive(deps)
  const store = openRecords(deps)
  const metrics = createMetrics()
  const engines = await startEngines(deps, speech)
  const duties = dutiesOf(config.role)
  const plane = duties.holdsTurns ? await startPlane({ ...deps, publicHost }, engines.speechAddress, signal) : undefined
  const credentials = createDeviceCredentials(store.devices)
  const browsers = plane && createBrowserSpeakers({ clock, plane, timeZone: config.time_zone })
  const started = await startBroker({
    config,
    clock,
    log,
    metrics,
    credentials,
    ...(store.durable && { durable: store.durable }),
  })
  const broker = observeBroker(browsers ? withBrowsers(started, browsers) : started)
  parts.add('broker', broker.close)
  const directory = createDirectory({
    clock,
    log,
    store,
    broker,
    addressFor: addressIn(config, publicHost, plane),
    duties,
    timeZone: config.time_zone,
  })
  parts.run('speaker directory', directory.run)
  const overload = createOverload({ clock })
  parts.run('watch on overload', overload.run)
  const homes = createHomeEngines({ ...deps, store, engines })
  // Known for certain once the gateway listens: a configured 0 takes a free one.
  let httpPort = config.http_port
  const ownUrl = () => config.public_url ?? `http://${hostInUrl(publicHost.current())}:${httpPort}`
  const oneTimeAudio = createOneTimeAudio({
    clock,
    voiceOf: homes.choices.voiceOf,
    ...(!duties.keepsHomes && { origin: ownUrl }),
  })
  const turns = observeTurns(store.turns)
  const shared = {
    ...deps,
    ...homes,
    publicHost,
    store,
    metrics,
    engines,
    broker,
    turns,
    directory,
    oneTimeAudio,
    overload,
    live,
  }
  const partStatus = () => partsOf({ ...shared, ...(plane && { plane }) })
  const api = startApi({
    ...shared,
    ...(browsers && { browsers }),
    partStatus,
    cloudUrl: ownUrl,
    placeAt: createOwnPlace({
      addresses: ownAddresses,
      httpPort: () => httpPort,
      mqttUrlAt: broker.deviceUrlAt,
      addressFor: addressIn(config, publicHost, plane),
      publicHost,
    }),
  })
  const sessions = plane && browsers && startSessions(shared, plane, browsers)
  watchParts({
    metrics,
    overload,
    live,
    directory,
    store,
    ...(sessions && { sessions }),
    ...(plane && { plane }),
    ...(browsers && { browsers }),
  })
  await live.untilReady(signal)
  httpPort = await startGateway({ ...shared, api, ...(plane && { plane }), ...(sessions && { sessions }) })
  tellIfFoundByAddress({ ...deps, publicHost }, httpPort)
  await engines.untilReady(signal)
  // A new link ends the one before: one process makes it.
  const setupToken = duties.keepsHomes ? store.setup.renewToken() : undefined
  return {
    http_url: ownUrl(),
    mqtt_url: broker.deviceUrlAt(publicHost.current()),
    udp: udpAddresses(config, plane),
    ...(setupToken !== undefined && { setup_url: `${ownUrl()}/setup/${setupToken}` }),
    speech_address: engines.speechAddress,
  }
}
