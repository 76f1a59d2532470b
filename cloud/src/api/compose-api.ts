import type { Server } from 'node:http'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import type { Hono } from 'hono'
import { createAccessTokens } from '../auth/access-token.ts'
import { createLoginLimits } from '../auth/login-limits.ts'
import { createPasswords } from '../auth/passwords.ts'
import { createPrincipals, type Principal } from '../auth/principals.ts'
import type { BrokerClient } from '../broker/broker-client.ts'
import { createSteering } from '../devices/steering.ts'
import { createFirmware, type Firmware } from '../firmware/firmware.ts'
import type { DirectAnswers } from '../gateway/http-server.ts'
import type { OneTimeAudioStore } from '../gateway/one-time-audio.ts'
import type { PartStatus } from '../gateway/pages.ts'
import type { TrustProxy } from '../gateway/remote-address.ts'
import type { RequestCount } from '../gateway/request-count.ts'
import { createProviderHealth } from '../homes/provider-health.ts'
import { createAlertKeeper } from '../live/alert-keeper.ts'
import { createCatchUp } from '../live/catch-up.ts'
import { watchDiskRoom } from '../live/disk-room.ts'
import { createLiveInside, type LiveHub } from '../live/hub.ts'
import { startLiveEvents } from '../live/live-events.ts'
import { attachLiveSocket } from '../live/live-socket.ts'
import type { ObservedBroker } from '../live/observed-broker.ts'
import type { ObservedTurns } from '../live/observed-turns.ts'
import { createProviderAlerts } from '../live/provider-alerts.ts'
import { createSpeakers } from '../live/speakers.ts'
import { noticeStillAway } from '../live/still-away.ts'
import { createTickets } from '../live/tickets.ts'
import { createApiStores } from '../store/api-stores.ts'
import { createBackups } from '../store/backups.ts'
import type { Store } from '../store/open-store.ts'
import { dutiesOf } from '../supervise/duties.ts'
import type { BrowserSpeakers } from '../talk/browser-speakers.ts'
import { attachTalkSocket, type TalkPermit, talkPath } from '../talk/talk-socket.ts'
import { type Actions, done, refused } from './action.ts'
import { aiActions } from './ai/ai.ts'
import type { AiEngines } from './ai/ai-engines.ts'
import { alertHistoryActions } from './alert-history.ts'
import { announcementActions } from './announcements.ts'
import { createApi } from './create-api.ts'
import { writeCursor } from './cursor.ts'
import { createClaimCodes } from './devices/claim-codes.ts'
import type { DevicesDeps } from './devices/devices-deps.ts'
import { enrolmentActions } from './devices/joining.ts'
import { ownWordActions } from './devices/own-words.ts'
import { scheduleActions } from './devices/schedules.ts'
import { speakerActions } from './devices/speakers.ts'
import { createDirectReads } from './direct-reads.ts'
import { firmwareActions, releasesElsewhere } from './firmware.ts'
import { createGate } from './gate.ts'
import { homeActions } from './homes.ts'
import { createOnce } from './once.ts'
import { accountActions } from './people/account.ts'
import { apiTokenActions } from './people/api-tokens.ts'
import { joiningActions } from './people/joining.ts'
import { signingInActions } from './people/signing-in.ts'
import { systemActions } from './system/system.ts'
import { removeLostSounds, runRetention } from './turns/retention.ts'
import { turnActions } from './turns/turns.ts'

export type ComposeApiDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  /** The broker whose outgoing messages may be watched; the same one that bridge and directory use. */
  readonly broker: ObservedBroker<BrokerClient>
  /** Turns of the sessions that run beside this API. */
  readonly turns: Pick<ObservedTurns, 'onClose'>
  /** Which part of the cloud this is; all of it when absent. */
  readonly role?: 'all' | 'gateway' | 'bridge'
  /** Of the disk on which the database lies. */
  readonly freeBytes: () => Promise<number>
  readonly oneTimeAudio: OneTimeAudioStore
  /** Absent where no sessions run (a gateway beside a bridge): then nobody can talk from a browser. */
  readonly browsers?: BrowserSpeakers
  /** Where browsers are told what happens; in this process when absent. */
  readonly live?: LiveHub
  readonly engines: AiEngines
  /** Timers and alarms as a speaker last reported them. */
  readonly scheduleOf: (deviceId: string) => readonly ScheduleItem[]
  readonly parts: () => Promise<readonly PartStatus[]>
  /** Under which speakers and people reach this cloud; asked when it is known. */
  readonly cloudUrl: () => string
  readonly placeAt: DevicesDeps['placeAt']
  readonly publicUrl?: string
  readonly trustProxy: TrustProxy
  readonly backupDir: string
  readonly firmwareDir: string
  /** Public keys that may sign releases, beside those of the panel. */
  readonly firmwareKeys: readonly string[]
  readonly version: string
}

export type ComposedApi = {
  /** To be mounted at `/`, behind the security headers and before any limit on bodies. */
  readonly app: Hono
  /** The same answers as those of `app` to what is asked most, for a server to try first. */
  readonly directReads: (countRequest: RequestCount) => DirectAnswers
  /** Follows the broker and deletes what is old, until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Serves `/ws` and `/talk/ws` on this server. Returns how to close all connections. */
  readonly attach: (server: Server, options?: { readonly refuseOthers?: boolean }) => () => Promise<void>
  /** Releases of the speakers' software, for their downloads. */
  readonly firmware: Firmware
}

/** All of the API, put together on a store and a broker. */
export const composeApi = (deps: ComposeApiDeps): ComposedApi => {
  const { clock, log, store, broker, browsers, cloudUrl, version, role = 'all' } = deps
  const { audit } = store
  const duties = dutiesOf(role)
  const stores = createApiStores({ db: store.db, sealer: store.sealer, clock, sounds: store.sounds })
  const accessTokens = createAccessTokens({ key: stores.signingKey, clock })
  const principals = createPrincipals({ clock, stores, accessTokens })
  const tickets = createTickets<Principal>(clock)
  const talkTickets = createTickets<TalkPermit>(clock)
  const hub = deps.live ?? createLiveInside({ clock, log })
  const keeper = createAlertKeeper({ clock, log, store: store.alerts, hub, isShared: role !== 'all' })
  const providerAlerts = createProviderAlerts({ keeper })
  const steering = createSteering({ clock, store, broker })
  const speakers = createSpeakers({ clock, registry: stores.registry, store, broker, writeCursor })
  const firmware = createFirmware({
    clock,
    log,
    store: stores.firmware,
    registry: stores.registry,
    devices: store.devices,
    statuses: store.status,
    broker,
    dir: deps.firmwareDir,
    configKeys: deps.firmwareKeys,
  })
  const startedAt = clock.wallTime().toISOString()
  /** Before anybody reports anew. */
  const statuses = store.status.list()

  const people = {
    clock,
    stores,
    audit,
    setup: store.setup,
    defaultHomeId: store.devices.defaultHomeId,
    passwords: createPasswords(),
    accessTokens,
    principals,
    loginLimits: createLoginLimits(clock),
  }
  const devices = {
    clock,
    stores,
    store,
    speakers,
    steering,
    broker,
    claimCodes: createClaimCodes({ clock, store: stores.claimCodes }),
    scheduleOf: deps.scheduleOf,
    cloudUrl,
    placeAt: deps.placeAt,
  }
  const actions: Actions = {
    ...joiningActions(people),
    ...signingInActions(people),
    ...accountActions(people),
    ...apiTokenActions(people),
    ...homeActions({ stores, audit, principals }),
    ...speakerActions(devices),
    ...ownWordActions(devices),
    ...enrolmentActions(devices),
    ...scheduleActions(devices),
    ...announcementActions({ store, speakers, oneTimeAudio: deps.oneTimeAudio, broker }),
    ...turnActions({ clock, stores, store }),
    ...aiActions({ clock, store, engines: deps.engines, onChosen: providerAlerts.onChosen }),
    ...systemActions({
      clock,
      stores,
      store,
      backups: createBackups(deps.backupDir),
      parts: deps.parts,
      freeBytes: deps.freeBytes,
      providerHealth: createProviderHealth({ clock, aiSettings: store.aiSettings, archive: stores.archive }),
      version,
      startedAt,
    }),
    ...firmwareActions({ firmware, audit }),
    ...(duties.keepsHomes ? {} : releasesElsewhere),
    ...alertHistoryActions(store.alerts),
    listAlerts: ({ homeIds }) => done({ items: [...providerAlerts.raisedIn(homeIds)] }),
    createLiveTicket: ({ principal }) => {
      const { ticket, expiresInS } = tickets.issue(principal)
      return done({ ticket, expires_in_s: expiresInS })
    },
    createTalkTicket: ({ principal, homeId }) => {
      if (!browsers) return refused('unavailable', 'No sessions run in this part of the cloud.')
      const { ticket, expiresInS } = talkTickets.issue({ principal, homeId })
      return done({ ticket, expires_in_s: expiresInS })
    },
  }
  const homeOfSpeaker = (deviceId: string) => speakers.find(deviceId)?.homeId ?? browsers?.homeOf(deviceId)
  const homeOf = {
    home_id: (homeId: string) => homeId,
    device_id: (deviceId: string) => speakers.find(deviceId)?.homeId,
    session_id: stores.archive.homeOf,
  }
  const { trustProxy, publicUrl } = deps
  // Beside one process alone there are commands at most, now and then: that saves each request the question.
  const isAlone = role === 'all'
  const everyMs = isAlone ? 60_000 : 1_000
  const catchUp = createCatchUp({ clock, changes: stores.changes, speakers, principals, everyMs })
  const catchUpNow = isAlone ? () => {} : catchUp.now
  const gate = createGate({ clock, log, principals, homeOf, actions, catchUp: catchUpNow })
  const app = createApi({
    gate,
    once: createOnce(stores.idempotency),
    trustProxy,
    version,
    ...(publicUrl !== undefined && { publicUrl }),
  })

  const keepHomes = (signal: AbortSignal): Promise<void>[] => [
    firmware.run(signal),
    runRetention({ clock, log, stores, alerts: store.alerts, enrolment: store.enrolment, audit }, signal),
    noticeStillAway({ clock, statuses, speakers, keeper }, signal),
    watchDiskRoom({ clock, log, freeBytes: deps.freeBytes, keeper }, signal),
  ]

  return {
    app,
    firmware,
    directReads: (countRequest) => createDirectReads({ clock, gate, trustProxy, countRequest }),
    attach: (server, { refuseOthers = false } = {}) => {
      const timeZoneOf = (homeId: string) => stores.homes.find(homeId)?.time_zone ?? undefined
      const talk = { clock, log, tickets: talkTickets, principals, timeZoneOf, trustProxy }
      const refusesPath = (path: string) => refuseOthers && !(browsers && path === talkPath)
      const stops = [
        attachLiveSocket(server, { clock, hub, tickets, principals, trustProxy, refusesPath }),
        ...(browsers ? [attachTalkSocket(server, { ...talk, browsers })] : []),
      ]
      return async () => {
        await Promise.all(stops.map((stop) => stop()))
      }
    },
    run: async (signal) => {
      // What speakers say reaches gateway and bridge alike; one of them keeps it.
      const { keepsHomes: keepsAlerts } = duties
      const stopEvents = startLiveEvents({ hub, speakers, homeOf: homeOfSpeaker, broker, keeper, keepsAlerts })
      const stopAlerts = [
        deps.turns.onClose(providerAlerts.onTurn),
        deps.oneTimeAudio.onSpoken(providerAlerts.onSpoken),
      ]
      await Promise.all([
        speakers.run(signal),
        catchUp.run(signal),
        keeper.run(signal),
        ...(duties.holdsTurns ? [removeLostSounds({ log, sounds: store.sounds })] : []),
        ...(duties.keepsHomes ? keepHomes(signal) : []),
      ])
      stopEvents()
      for (const stop of stopAlerts) stop()
      steering.close()
    },
  }
}
