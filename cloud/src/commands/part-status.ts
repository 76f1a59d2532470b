import type { AudioPlane } from '../bridge/audio-plane.ts'
import type { BrokerClient } from '../broker/broker-client.ts'
import type { CloudConfig } from '../config.ts'
import type { Directory } from '../devices/directory.ts'
import { type PartName, type PartStatus, type StatusView, summariseSpeakers } from '../gateway/pages.ts'
import type { LiveHub } from '../live/hub.ts'
import type { PublicHost } from '../public-host.ts'
import type { Store } from '../store/open-store.ts'
import type { Engines } from './engines.ts'

const statusTurns = 10

type Reported = {
  readonly config: CloudConfig
  readonly store: Store
  readonly broker: Pick<BrokerClient, 'isConnected' | 'deviceUrlAt'>
  readonly publicHost: PublicHost
  readonly engines: Engines
  readonly live: Pick<LiveHub, 'isReady' | 'figures'>
  readonly plane?: AudioPlane
}

const part = (name: PartName, ready: boolean, detail: string, facts: NonNullable<PartStatus['facts']>): PartStatus => ({
  name,
  ready,
  detail,
  facts,
})

const livePart = ({ config, live }: Pick<Reported, 'config' | 'live'>): PartStatus => {
  const { connections, restarts } = live.figures()
  const where = config.live === 'process' ? 'a process of its own' : 'inside'
  return part('live', live.isReady(), `${where}, ${connections} browsers`, { connections, restarts })
}

/** Each part of the cloud and whether it can do its work. */
export const partsOf = async (reported: Reported): Promise<readonly PartStatus[]> => {
  const { store, broker, engines, plane, config, publicHost } = reported
  const speech = await engines.speechStatus()
  const schema = store.schemaVersion()
  const workers = config.audio_workers
  const brokerUrl = broker.deviceUrlAt(publicHost.current())
  return [
    part('store', store.isHealthy(), `schema version ${schema}`, { schema_version: schema }),
    part('broker', broker.isConnected(), brokerUrl, { address: brokerUrl }),
    part('speech', speech.ready, speech.detail, { address: speech.detail }),
    ...(plane ? [part('audio plane', true, `${workers} workers`, { workers })] : []),
    livePart(reported),
    part('language model', true, engines.describedModel, engines.modelFacts),
  ]
}

type Summarised = {
  readonly version: string
  readonly startedAt: string
  readonly directory: Pick<Directory, 'list'>
  readonly store: Pick<Store, 'turns'>
}

/** What the status page says beside the parts. */
export const statusOf =
  ({ version, startedAt, directory, store }: Summarised) =>
  async (): Promise<Omit<StatusView, 'parts'>> => ({
    version,
    startedAt,
    speakers: summariseSpeakers(directory.list()),
    turns: store.turns.list({ limit: statusTurns }).map(({ startedAt: begun, outcome, answeredBy, timings }) => ({
      startedAt: begun,
      outcome: outcome ?? 'running',
      answeredBy: answeredBy ?? '',
      ...(timings.total !== undefined && { totalMs: timings.total }),
    })),
  })
