import type { BrowsersReply, BrowsersRequest } from './browsers.ts'
import { median, spread } from './figures.ts'
import { type LoadProcess, startLoadProcess } from './load-process.ts'
import type { SeededHome } from './seed.ts'
import type { SpeakersReply, SpeakersRequest } from './speakers.ts'

export type PushResult = { readonly p99Ms: number; readonly lines: readonly string[] }

const browserCount = 100
/** Three times as often as a speaker does by itself. */
const reportEveryMs = 10_000

const ticketFor = async (httpUrl: string, token: string): Promise<string> => {
  const answer = await fetch(`${httpUrl}/api/live/ticket`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  if (answer.status !== 201) throw new Error(`no ticket: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { ticket: string }).ticket
}

/** A report on MQTT until it is in the browser, for each report in each browser; none may be missing or double. */
export const measurePush = async (
  {
    httpUrl,
    home,
    speakers,
  }: {
    readonly httpUrl: string
    readonly home: SeededHome
    readonly speakers: LoadProcess<SpeakersRequest, SpeakersReply>
  },
  { rounds, roundMs }: { readonly rounds: number; readonly roundMs: number },
): Promise<PushResult> => {
  const browsers: LoadProcess<BrowsersRequest, BrowsersReply> = startLoadProcess(
    new URL('./browsers.ts', import.meta.url),
  )
  try {
    const tickets: string[] = []
    while (tickets.length < browserCount) tickets.push(await ticketFor(httpUrl, home.tokens[0] ?? ''))
    const { open } = await browsers.ask({ type: 'open', url: `${httpUrl.replace('http', 'ws')}/ws`, tickets })
    if (open !== browserCount) throw new Error(`${open} of ${browserCount} browsers are connected`)
    const all: BrowsersReply[] = []
    let reported = 0
    for (let round = -1; round < rounds; round++) {
      await browsers.ask({ type: 'listen' })
      const sent = await speakers.ask({ type: 'report', everyMs: reportEveryMs, forMs: roundMs })
      const got = await browsers.ask({ type: 'figures', stamps: sent.stamps })
      if (sent.acknowledged !== sent.reported)
        throw new Error(`${sent.acknowledged} of ${sent.reported} reports acknowledged`)
      if (got.incomplete > 0 || got.open !== browserCount)
        throw new Error(`${got.incomplete} browsers missed something, ${got.open} are open`)
      // The first round warms up.
      if (round < 0) continue
      all.push(got)
      reported += sent.reported
    }
    const received = all.reduce((sum, reply) => sum + reply.received, 0)
    return {
      p99Ms: median(all.map(({ p99Ms }) => p99Ms)),
      lines: [
        `report to browser  p50 ${spread(
          all.map(({ p50Ms }) => p50Ms),
          2,
        )} ms  p99 ${spread(
          all.map(({ p99Ms }) => p99Ms),
          2,
        )} ms  max ${Math.max(...all.map(({ maxMs }) => maxMs)).toFixed(1)} ms  (${reported} reports, ${received} received by ${browserCount} browsers, none lost or double)`,
      ],
    }
  } finally {
    await browsers.stop()
  }
}
