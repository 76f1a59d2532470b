import type { CloudChild } from '../../test/cloud-child.ts'
import type { BareReply, BareRequest } from './bare-server.ts'
import { median, spread } from './figures.ts'
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

type Round = ListFigures & { readonly cpuUs: number }

const connections = 64
const warmUpMs = 1_500

const perSecond = ({ requests, seconds }: ListFigures) => requests / seconds

/**
 * The list of a home with 20 speakers, with a JWT: the cloud and bare `node:http` in turn, so that whatever else the machine does
 * falls on both. Uncached: with each request another page, and a JWT that the cloud has forgotten meanwhile (6,000 in turn, of
 * which it keeps 5,000): it is verified, its login looked up in the database, and the page is built.
 */
export const measureList = async (
  { cloud, dataDir, home }: { readonly cloud: CloudChild; readonly dataDir: string; readonly home: SeededHome },
  { rounds, roundMs }: { readonly rounds: number; readonly roundMs: number },
): Promise<ListResult> => {
  const load: LoadProcess<ListLoad, ListFigures> = startLoadProcess(new URL('./list-load.ts', import.meta.url))
  const bare: LoadProcess<BareRequest, BareReply> = startLoadProcess(new URL('./bare-server.ts', import.meta.url))
  try {
    const { port: barePort } = await bare.ask({ dataDir })
    const { hostname: host, port } = new URL(cloud.ready.http_url)
    const cached = {
      host,
      connections,
      tokens: home.tokens.slice(0, 1),
      paths: ['/api/devices'],
      forMs: roundMs,
      speakers: home.speakers.length,
    }
    const bodyOf = async (at: number) =>
      (
        await fetch(`http://${host}:${at}/api/devices`, { headers: { authorization: `Bearer ${home.tokens[0]}` } })
      ).text()
    const ofCloud = { ...cached, port: Number(port), body: await bodyOf(Number(port)) }
    const ofBare = { ...cached, port: barePort, body: await bodyOf(barePort) }
    const { body: _changes, ...changing } = ofCloud
    const everyLimit = Array.from({ length: 900 }, (_, index) => `/api/devices?limit=${100 + index}`)
    const uncached = { ...changing, tokens: home.tokens, paths: everyLimit }

    const run = async (what: ListLoad, pid: number, forMs = roundMs): Promise<Round> => {
      const before = cpuUsOf(pid)
      const figures = await load.ask({ ...what, forMs })
      if (figures.wrong > 0) throw new Error(`${figures.wrong} of ${figures.requests} answers were wrong`)
      return { ...figures, cpuUs: (cpuUsOf(pid) - before) / figures.requests }
    }
    const cloudPid = cloud.child.pid ?? 0
    const kinds = [
      { name: 'bare node:http', what: ofBare, pid: bare.pid },
      { name: 'cloud', what: ofCloud, pid: cloudPid },
      { name: 'cloud, uncached', what: uncached, pid: cloudPid },
    ] as const
    const results: Record<(typeof kinds)[number]['name'], Round[]> = {
      'bare node:http': [],
      cloud: [],
      'cloud, uncached': [],
    }
    for (const { what, pid } of kinds) await run(what, pid, warmUpMs)
    for (let round = 0; round < rounds; round++) {
      for (const { name, what, pid } of kinds) results[name].push(await run(what, pid))
    }
    const ratios = results.cloud.map((figures, index) => {
      const other = results['bare node:http'][index]
      return other ? perSecond(figures) / perSecond(other) : 0
    })
    const p99 = (all: readonly Round[]) => median(all.map(({ p99Ms }) => p99Ms))
    return {
      ratioToNodeHttp: median(ratios),
      cpuUs: median(results.cloud.map(({ cpuUs }) => cpuUs)),
      p99MsCached: p99(results.cloud),
      p99MsUncached: p99(results['cloud, uncached']),
      lines: [
        ...kinds.map(({ name }) => {
          const all = results[name]
          return [
            name.padEnd(18),
            `${spread(all.map(perSecond), 0)} requests/s`,
            `${spread(
              all.map(({ cpuUs }) => cpuUs),
              1,
            )} us CPU`,
            `p50 ${median(all.map(({ p50Ms }) => p50Ms)).toFixed(2)} ms`,
            `p99 ${spread(
              all.map(({ p99Ms }) => p99Ms),
              2,
            )} ms`,
          ].join('  ')
        }),
        `ratio to bare node:http, by round: ${spread(ratios, 3)}`,
      ],
    }
  } finally {
    await Promise.all([load.stop(), bare.stop()])
  }
}
