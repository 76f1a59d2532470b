import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startChild } from '../../test/cloud-child.ts'
import { measureConfig } from './config.ts'
import { measureList } from './list.ts'
import { startLoadProcess } from './load-process.ts'
import { measurePush } from './push.ts'
import { seedHome } from './seed.ts'
import type { SpeakersReply, SpeakersRequest } from './speakers.ts'

/**
 * The API of a cloud under load, on loopback: the list of speakers beside bare `node:http`, configurations until they are acknowledged,
 * reports until they are in the browser. Stops by itself after about two minutes; a wrong answer or a lost message fails it.
 */
const usage = `npm run bench:api -- [options]: what the API costs, beside a bare server in the same run.
  --quick        half a minute instead of two
  --only PARTS   of list,config,push
  --json         one line of JSON instead of the table`

const readOptions = () => {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (!values.help) return values
    console.log(usage)
    process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`)
    process.exit(2)
  }
}
const { json: isJson, quick: isQuick, only: parts } = readOptions()
const only = parts?.split(',')
const wants = (part: string) => only === undefined || only.includes(part)
const print = (line: string) => console.log(line)
const show = (lines: readonly string[]) => {
  if (!isJson) for (const line of lines) print(line)
}
const rounded = (value: number | undefined, digits: number) =>
  value === undefined ? null : Number(value.toFixed(digits))

const speakerCount = 1_000

const dataDir = mkdtempSync(join(tmpdir(), 'mynah-bench-'))
const small = seedHome(dataDir, { name: 'small', speakers: 20, logins: 6_000 })
const large = seedHome(dataDir, { name: 'large', speakers: speakerCount, logins: 1 })
const started = loadavg()[0] ?? 0
show([`${cpus().length} x ${cpus()[0]?.model?.trim()}, Node ${process.version}, load average ${started.toFixed(2)}`])

const cloud = await startChild(dataDir, [
  ...['--speech-address', '127.0.0.1:1', '--audio-workers', '1', '--log-level', 'error'],
])
const httpUrl = cloud.ready.http_url
const mqttPort = Number(new URL(cloud.ready.mqtt_url).port)

const measureList20 = () =>
  measureList(
    { cloud, dataDir, home: small },
    { pairs: isQuick ? 10 : 40, pairRoundMs: 700, uncachedRounds: isQuick ? 3 : 7, uncachedRoundMs: 1_500 },
  )

const measureSpeakers = async () => {
  const speakers = startLoadProcess<SpeakersRequest, SpeakersReply>(new URL('./speakers.ts', import.meta.url))
  try {
    const { online } = await speakers.ask({ type: 'connect', mqttPort, speakers: large.speakers })
    if (online !== speakerCount) throw new Error(`${online} of ${speakerCount} speakers are connected`)
    const applied = () => speakers.ask({ type: 'applied' })
    const config = wants('config')
      ? await measureConfig(
          { httpUrl, home: large, applied },
          { rounds: isQuick ? 2 : 5, changes: isQuick ? 100 : 300 },
        )
      : undefined
    const push = wants('push')
      ? await measurePush(
          { httpUrl, home: large, speakers },
          { rounds: isQuick ? 2 : 4, roundMs: isQuick ? 3_000 : 10_000 },
        )
      : undefined
    return { config, push }
  } finally {
    await speakers.stop()
  }
}

try {
  const list = wants('list') ? await measureList20() : undefined
  show(list?.lines ?? [])
  const { config, push } = wants('config') || wants('push') ? await measureSpeakers() : {}
  show([...(config?.lines ?? []), ...(push?.lines ?? [])])
  if (isJson) {
    const figures = {
      list: {
        ratio_to_node_http: rounded(list?.ratioToNodeHttp, 3),
        cpu_us: rounded(list?.cpuUs, 1),
        p99_ms_cached: rounded(list?.p99MsCached, 2),
        p99_ms_uncached: rounded(list?.p99MsUncached, 2),
      },
      config: { p50_ms: rounded(config?.p50Ms, 2), p99_ms: rounded(config?.p99Ms, 2) },
      push: { p99_ms: rounded(push?.p99Ms, 2) },
    }
    print(JSON.stringify(figures))
  }
} finally {
  cloud.child.kill('SIGTERM')
  await cloud.exited
  rmSync(dataDir, { recursive: true, force: true })
}
