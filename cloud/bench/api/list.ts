import type { CloudChild } from '../../test/cloud-child.ts'
import type { BareReply, BareRequest } from './bare-server.ts'
import { median, quartiles } from './figures.ts'
import type { ListFigures, ListLoad } from './list-load.ts'
import { type LoadProcess, startLoadProcess } from './load-process.ts'
import { cpuUsOf } from './process-cpu.ts'
import type { SeededHome } from './seed.ts'

export type ListResult = {
  readonly ratioToNodeHttp: number
  readonly cpuUs: number
  readonly p99MsCached: number
  readonly p99MsUncached: number
  readonly lines: readonly string[]
}

export type ListRounds = {
  /** One round of each of the two servers. */
  readonly pairs: number
  readonly pairRoundMs: number
  readonly uncachedRounds: number
  readonly uncachedRoundMs: number
}

type Round = ListFigures & { readonly cpuUs: number }

const connections = 64
const warmUpMs = 1_500

type Server = { readonly what: ListLoad; readonly pid: number }

const perSecond = ({ requests, seconds }: ListFigures) => requests / seconds

const lineOf = (name: string, rounds: readonly Round[]): string => {
  const of = (figure: (round: Round) => number, digits: number) => quartiles(rounds.map(figure), digits)
  return [
    name.padEnd(18),
    `${of(perSecond, 0)} requests/s`,
    `${of(({ cpuUs }) => cpuUs, 1)} us CPU`,
    `p50 ${of(({ p50Ms }) => p50Ms, 2)} ms`,
    `p99 ${of(({ p99Ms }) => p99Ms, 2)} ms`,
  ].join('  ')
}

/** The one list over and over; its body must be what it is before the load. */
const listOf = async ({ origin, hostname, port }: URL, home: SeededHome): Promise<ListLoad> => {
  const answer = await fetch(`${origin}/api/devices`, { headers: { authorization: `Bearer ${home.tokens[0]}` } })
  return {
    host: hostname,
    port: Number(port),
    connections,
    tokens: home.tokens.slice(0, 1),
    paths: ['/api/devices'],
    forMs: 0,
    speakers: home.speakers.length,
    body: await answer.text(),
  }
}

const everythingAnew = ({ body: _changes, ...list }: ListLoad, home: SeededHome): ListLoad => ({
  ...list,
  tokens: home.tokens,
  paths: Array.from({ length: 900 }, (_, index) => `/api/devices?limit=${100 + index}`),
})

/**
 * The list of a home with 20 speakers, with a JWT: the cloud and bare `node:http` in turn, in many short rounds, each of the two first
 * in every other pair, so that whatever else the machine does falls on both. Afterwards uncached: with each request another page, and a
 * JWT that the cloud has forgotten meanwhile (6,000 in turn, of which it keeps 5,000): it is verified, its login looked up in the
 * database, and the page is built.
 */
export const measureList = async (
  { cloud, dataDir, home }: { readonly cloud: CloudChild; readonly dataDir: string; readonly home: SeededHome },
  { pairs, pairRoundMs, uncachedRounds, uncachedRoundMs }: ListRounds,
): Promise<ListResult> => {
  const load: LoadProcess<ListLoad, ListFigures> = startLoadProcess(new URL('./list-load.ts', import.meta.url))
  const bare: LoadProcess<BareRequest, BareReply> = startLoadProcess(new URL('./bare-server.ts', import.meta.url))
  const run = async ({ what, pid }: Server, forMs: number): Promise<Round> => {
    const before = cpuUsOf(pid)
    const figures = await load.ask({ ...what, forMs })
    if (figures.wrong > 0) throw new Error(`${figures.wrong} of ${figures.requests} answers were wrong`)
    return { ...figures, cpuUs: (cpuUsOf(pid) - before) / figures.requests }
  }
  try {
    const { port: barePort } = await bare.ask({ dataDir })
    const ofCloud = await listOf(new URL(cloud.ready.http_url), home)
    const servers = {
      cloud: { what: ofCloud, pid: cloud.child.pid ?? 0 },
      bare: { what: await listOf(new URL(`http://${ofCloud.host}:${barePort}`), home), pid: bare.pid },
    }
    const rounds: { readonly cloud: Round[]; readonly bare: Round[] } = { cloud: [], bare: [] }
    for (const name of ['bare', 'cloud'] as const) await run(servers[name], warmUpMs)
    for (let pair = 0; pair < pairs; pair++) {
      const order = pair % 2 === 0 ? (['bare', 'cloud'] as const) : (['cloud', 'bare'] as const)
      for (const name of order) rounds[name].push(await run(servers[name], pairRoundMs))
    }
    const uncached = { what: everythingAnew(ofCloud, home), pid: servers.cloud.pid }
    await run(uncached, warmUpMs)
    const anew: Round[] = []
    for (let round = 0; round < uncachedRounds; round++) anew.push(await run(uncached, uncachedRoundMs))
    const ratios = rounds.cloud.map((figures, index) => {
      const other = rounds.bare[index]
      return other ? perSecond(figures) / perSecond(other) : 0
    })
    return {
      ratioToNodeHttp: median(ratios),
      cpuUs: median(rounds.cloud.map(({ cpuUs }) => cpuUs)),
      p99MsCached: median(rounds.cloud.map(({ p99Ms }) => p99Ms)),
      p99MsUncached: median(anew.map(({ p99Ms }) => p99Ms)),
      lines: [
        `list of ${home.speakers.length} speakers, ${pairs} pairs of rounds of ${pairRoundMs} ms: median (lower to upper quartile)`,
        lineOf('bare node:http', rounds.bare),
        lineOf('cloud', rounds.cloud),
        lineOf('cloud, uncached', anew),
        `ratio to bare node:http, pair by pair: ${quartiles(ratios, 3)}`,
      ],
    }
  } finally {
    await Promise.all([load.stop(), bare.stop()])
  }
}
