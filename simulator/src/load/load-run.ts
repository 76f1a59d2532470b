import { ok, type Result } from '@mynah/shared/result.ts'
import * as v from 'valibot'
import { type CloudLateness, latenessBetween, readCloudLateness } from './cloud-record.ts'
import { maxApiConnections } from './descriptors.ts'
import type { FleetDevice } from './fleet.ts'
import type { ApiPlan, ApiReport, BrowsersPlan, BrowsersReport, SpeakersPlan, SpeakersReport } from './load-messages.ts'
import type { LoadOptions } from './load-options.ts'
import type { LoadDeps, LoadError, LoadSite } from './load-site.ts'
import { type PartProcess, startPart } from './part-process.ts'
import { machineTimes, type ProcessUsage, partOfCloud, processTree } from './process-usage.ts'
import { createRawHttp } from './raw-http.ts'
import type { Utterance } from './utterances.ts'
import { judge, type Verdict } from './verdict.ts'

/** CPU and memory of one part of the cloud while the load was held. */
export type PartUsage = { readonly cores: number; readonly residentMb: number; readonly descriptors: number }
export type UsageByPart = Readonly<Record<string, PartUsage>>

export type LoadOutcome = {
  readonly verdict: Verdict
  readonly usage: UsageByPart
  readonly loadAverage: number
  readonly heldMs: number
  readonly connectCpuMs: number
  /** What the cloud says of its own replies while the load was held. */
  readonly cloudLateness?: CloudLateness
}

/** All generators of a run, connected. */
export type LoadParts = {
  readonly begin: () => void
  readonly hold: (on: boolean) => void
  /** Breaks this share of the speakers' connections to the broker. */
  readonly cutSpeakers: (share: number) => void
  /** Ends the load, compares what all saw and what the cloud holds. */
  readonly finish: (idleCpuPct: number, signal: AbortSignal) => Promise<Result<Verdict, LoadError>>
  readonly pids: readonly number[]
  /** CPU of the control process for each speaker that connected. */
  readonly connectCpuMs: number
  readonly end: () => void
}

const devicesPerPart = 5_000
const streamsPerPart = 300
const mostParts = 4
/** Below the rate at which a cloud lets them in (`broker/admission.ts`): a queue at its door would still be there when the load is held. */
const connectsPerSecond = 250
const browsersPerSecond = 200
const settleMs = 4_000
const drainMs = 1_000
const openTurnsAgain = 8

const moduleOf = (name: string) => new URL(`./${name}.ts`, import.meta.url)

/** Contiguous shares, as equal as can be. */
export const sharesOf = <T>(items: readonly T[], parts: number): readonly (readonly T[])[] =>
  Array.from({ length: parts }, (_, part) =>
    items.slice(Math.floor((part * items.length) / parts), Math.floor(((part + 1) * items.length) / parts)),
  )

/** Pure: which process has which speakers, and how many of them talk. */
export const speakerShares = (
  devices: readonly FleetDevice[],
  streams: number,
): readonly { readonly devices: readonly FleetDevice[]; readonly streams: number }[] => {
  const wanted = Math.max(1, Math.ceil(devices.length / devicesPerPart), Math.ceil(streams / streamsPerPart))
  const parts = Math.min(mostParts, wanted)
  return sharesOf(devices, parts).map((share, part) => ({
    devices: share,
    streams: Math.floor(((part + 1) * streams) / parts) - Math.floor((part * streams) / parts),
  }))
}

const listSchema = v.object({
  items: v.array(v.object({ device_id: v.string(), uptime_ms: v.nullable(v.number()) })),
  next_cursor: v.nullable(v.string()),
})

/** Every speaker with the uptime that the API shows, page by page, as its people see it. */
const listSpeakers = async ({ fleet, url }: LoadSite, { clock }: LoadDeps): Promise<ReadonlyMap<string, number>> => {
  const http = createRawHttp({ clock, url, connections: maxApiConnections / 4 })
  const listed = new Map<string, number>()
  const pageAt = async (token: string, cursor: string): Promise<string | null> => {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await http.request({ method: 'GET', path: `/api/devices?limit=200${query}`, token })
    if (answer.status !== 200) return null
    const page = v.parse(listSchema, JSON.parse(answer.body))
    for (const { device_id, uptime_ms } of page.items) if (uptime_ms !== null) listed.set(device_id, uptime_ms)
    return page.next_cursor
  }
  const listOf = async (token: string) => {
    for (let cursor: string | null = ''; cursor !== null; ) cursor = await pageAt(token, cursor)
  }
  await Promise.all(fleet.people.map(({ token }) => listOf(token)))
  http.close()
  return listed
}

const configsPerSecondFor = ({ devices, configsRps }: LoadOptions) =>
  configsRps ?? Math.min(20, Math.max(1, devices / 50))

/** Starts every generator and waits until all are connected. Rejects when one cannot. */
export const startLoadParts = async (
  deps: LoadDeps,
  {
    options,
    site,
    utterances,
    toleratesFaults,
  }: {
    readonly options: LoadOptions
    readonly site: LoadSite
    readonly utterances: readonly Utterance[]
    readonly toleratesFaults: boolean
  },
): Promise<LoadParts> => {
  const { clock, guard } = deps
  const { fleet, url, mqtt } = site
  const shares = speakerShares(fleet.devices, options.streams)
  const watchedHome = fleet.homes[0]?.home_id ?? ''
  const connecting = watchUsage(site, [], clock)
  const connectingFromMs = clock.now()
  const speakers = shares.map(
    (share, index): PartProcess<SpeakersReport> =>
      startPart<SpeakersPlan, SpeakersReport>({
        module: moduleOf('main-speakers'),
        guard,
        plan: {
          ...share,
          mqtt,
          utterances,
          toleratesFaults,
          statusEveryMs: options.statusEverySeconds * 1_000,
          connectsPerSecond: connectsPerSecond / shares.length,
          isWatched: index === 0,
          checksContent: options.engines === 'scripted',
        },
      }),
  )
  await Promise.all(speakers.map(({ prepared }) => prepared))
  const connectedMs = clock.now() - connectingFromMs
  const connectCpuMs = ((connecting().usage.control?.cores ?? 0) * connectedMs) / options.devices
  deps.note(`${options.devices} speakers are connected`)
  const api = startPart<ApiPlan, ApiReport>({
    module: moduleOf('main-api'),
    guard,
    plan: {
      url,
      watchedHome,
      people: fleet.people,
      // The watched speaker keeps its own settings, so that its statuses stay the clock of the fan-out.
      devicesOf: Object.fromEntries(fleet.homes.slice(1).map(({ home_id, device_ids }) => [home_id, device_ids])),
      requestsPerSecond: options.apiRps,
      configsPerSecond: configsPerSecondFor(options),
      connections: maxApiConnections,
      toleratesFaults,
    },
  })
  const browsers = startPart<BrowsersPlan, BrowsersReport>({
    module: moduleOf('main-browsers'),
    guard,
    plan: {
      url,
      people: fleet.people,
      browsers: options.browsers,
      connectsPerSecond: browsersPerSecond,
      watchedHome,
      watchedDevice: fleet.devices[0]?.device_id ?? '',
      toleratesFaults,
    },
  })
  await Promise.all([api.prepared, browsers.prepared])
  deps.note(`${options.browsers} browsers watch`)
  const parts = [...speakers, api, browsers]

  const recorded = async (signal: AbortSignal) => {
    let turns = await site.turns(signal)
    // The record of a turn is closed when both accounts are in, three seconds after its end at the latest.
    for (
      let again = 0;
      again < openTurnsAgain && turns.ok && turns.value.some(({ outcome }) => outcome === undefined);
      again++
    ) {
      await clock.sleep(drainMs)
      turns = await site.turns(signal)
    }
    return turns
  }
  return {
    pids: parts.map(({ pid }) => pid),
    connectCpuMs,
    begin: () => {
      const atMs = Math.round(clock.now())
      for (const part of parts) part.begin(atMs)
    },
    hold: (on) => {
      for (const part of parts) part.hold(on)
    },
    cutSpeakers: (share) => {
      for (const part of speakers) part.cut(share)
    },
    finish: async (idleCpuPct, signal) => {
      const [apiReport, ...speakerReports] = await Promise.all([api.stop(), ...speakers.map((part) => part.stop())])
      await clock.sleep(drainMs)
      const [browsersReport, listed] = await Promise.all([browsers.stop(), listSpeakers(site, deps)])
      const turns = await recorded(signal)
      if (!turns.ok) return turns
      return ok(
        judge({
          options,
          speakers: speakerReports,
          deviceIds: shares.map((share) => share.devices.map(({ device_id }) => device_id)),
          api: apiReport,
          browsers: browsersReport,
          listed,
          turns: turns.value,
          idleCpuPct,
          toleratesFaults,
        }),
      )
    },
    end: () => {
      for (const part of parts) part.end()
    },
  }
}

const usageOf = (
  site: LoadSite,
  generators: readonly number[],
): readonly (ProcessUsage & { readonly part: string })[] => {
  const ofCloud = [site.cloud.pid(), site.speech?.pid()].flatMap((pid) => (pid === undefined ? [] : processTree(pid)))
  const ofGenerators = generators.flatMap((pid) => processTree(pid)).map((each) => ({ ...each, part: 'generators' }))
  return [...ofCloud.map((each) => ({ ...each, part: partOfCloud(each) })), ...ofGenerators]
}

/** Watches all processes of a run from now on; the result is what they took until then. */
export const watchUsage = (site: LoadSite, generators: readonly number[], clock: LoadDeps['clock']) => {
  const before = new Map(usageOf(site, generators).map((each) => [each.pid, each.cpuMs]))
  const machineBefore = machineTimes()
  const startedMs = clock.now()
  return (): { readonly usage: UsageByPart; readonly idleCpuPct: number } => {
    const tookMs = clock.now() - startedMs
    const machine = machineTimes()
    const usage: Record<string, PartUsage> = {}
    for (const { part, pid, cpuMs, residentBytes, descriptors } of usageOf(site, generators)) {
      const sum = usage[part] ?? { cores: 0, residentMb: 0, descriptors: 0 }
      usage[part] = {
        cores: sum.cores + (cpuMs - (before.get(pid) ?? 0)) / tookMs,
        residentMb: sum.residentMb + residentBytes / 2 ** 20,
        descriptors: sum.descriptors + descriptors,
      }
    }
    const allMs = Math.max(1, machine.allMs - machineBefore.allMs)
    return { usage, idleCpuPct: (100 * (machine.idleMs - machineBefore.idleMs)) / allMs }
  }
}

/** Ramps up, holds for the time that was asked for, winds down, and judges. */
export const runLoad = async (
  deps: LoadDeps & { readonly loadAverage: () => number },
  run: { readonly options: LoadOptions; readonly site: LoadSite; readonly utterances: readonly Utterance[] },
  signal: AbortSignal,
): Promise<Result<LoadOutcome, LoadError>> => {
  const { clock, note } = deps
  const parts = await startLoadParts(deps, { ...run, toleratesFaults: false })
  try {
    parts.begin()
    await clock.sleep(settleMs, signal)
    note(`the load is held for ${run.options.seconds} s`)
    parts.hold(true)
    const before = await readCloudLateness(run.site.url, signal)
    const measure = watchUsage(run.site, parts.pids, clock)
    const heldFromMs = clock.now()
    await clock.sleep(run.options.seconds * 1_000, signal)
    const { usage, idleCpuPct } = measure()
    const heldMs = clock.now() - heldFromMs
    const loadAverage = deps.loadAverage()
    const after = await readCloudLateness(run.site.url, signal)
    parts.hold(false)
    note('the load ends; what was seen is compared')
    const verdict = await parts.finish(idleCpuPct, signal)
    if (!verdict.ok) return verdict
    const cloudLateness = before && after && { cloudLateness: latenessBetween(before, after) }
    return ok({
      verdict: verdict.value,
      usage,
      loadAverage,
      heldMs,
      connectCpuMs: parts.connectCpuMs,
      ...cloudLateness,
    })
  } finally {
    parts.end()
  }
}
