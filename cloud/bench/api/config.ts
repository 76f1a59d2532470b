import { Agent, request } from 'node:http'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { median, percentile, sortedCopy, spread } from './figures.ts'
import type { SeededHome } from './seed.ts'
import type { SpeakersReply } from './speakers.ts'

export type ConfigResult = { readonly p50Ms: number; readonly p99Ms: number; readonly lines: readonly string[] }

type Answer = { readonly status: number; readonly text: string }

const put = (agent: Agent, url: string, token: string, body: unknown): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const text = JSON.stringify(body)
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    }
    const sent = request(url, { method: 'PUT', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
    })
    sent.on('error', reject)
    sent.end(text)
  })

/**
 * A new configuration for one speaker after another: from the first byte of the request until the answer says `applied`, which it does
 * when the speaker's acknowledgement has come back over MQTT and is on disk. So each figure holds all of the way, and the way back.
 */
export const measureConfig = async (
  {
    httpUrl,
    home,
    applied,
  }: { readonly httpUrl: string; readonly home: SeededHome; readonly applied: () => Promise<SpeakersReply> },
  { rounds, changes }: { readonly rounds: number; readonly changes: number },
): Promise<ConfigResult> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const expected = new Map<string, { version: number; volume: number }>()
  const one = async (turn: number): Promise<number> => {
    // A step without a common factor: speakers all over the home, none twice in a row.
    const deviceId = home.speakers[(turn * 37) % home.speakers.length]?.deviceId ?? ''
    const volume = turn % 101
    const startMs = systemClock.now()
    const { status, text } = await put(agent, `${httpUrl}/api/devices/${deviceId}/config`, home.tokens[0] ?? '', {
      volume,
    })
    const tookMs = systemClock.now() - startMs
    const view = JSON.parse(text) as { state?: string; version: number; config: { volume: number } }
    if (status !== 200 || view.state !== 'applied' || view.config.volume !== volume)
      throw new Error(`${status} ${text}`)
    expected.set(deviceId, { version: view.version, volume })
    return tookMs
  }
  const all: number[][] = []
  let turn = 0
  for (let round = -1; round < rounds; round++) {
    const tookMs: number[] = []
    for (let change = 0; change < changes; change++) tookMs.push(await one(turn++))
    // The first round warms up.
    if (round >= 0) all.push(tookMs)
  }
  agent.destroy()
  const seen = (await applied()).applied
  for (const [deviceId, { version, volume }] of expected) {
    const last = seen[deviceId]
    if (last?.version !== version || last.volume !== volume)
      throw new Error(`${deviceId} did not apply its last configuration`)
  }
  const of = (share: number) => all.map((tookMs) => percentile(sortedCopy(tookMs), share))
  return {
    p50Ms: median(of(0.5)),
    p99Ms: median(of(0.99)),
    lines: [
      `config to acknowledgement  p50 ${spread(of(0.5), 2)} ms  p99 ${spread(of(0.99), 2)} ms  max ${percentile(sortedCopy(all.flat()), 1).toFixed(1)} ms  (${changes} changes a round, all applied)`,
    ],
  }
}
