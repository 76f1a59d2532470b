import { setMaxListeners } from 'node:events'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import { createFrameTicker } from './frame-ticker.ts'
import { createLightSpeaker, type LightSpeaker } from './light-speaker.ts'
import type { SpeakersPlan, SpeakersReport } from './load-messages.ts'
import type { LoadPart } from './load-part.ts'
import { watchLoopLag } from './loop-lag.ts'
import { createSpeakersTally } from './speakers-tally.ts'
import { openStreamSocket } from './stream-socket.ts'

type SpeakersDeps = { readonly clock: Clock; readonly random: () => number }

const watchedEveryMs = 1_000
const connectsAtOnce = 200
/** Between two turns of one speaker. */
const pauseMs = { least: 100, most: 400 } as const
const afterBusyMs = 1_000
const drainMs = 300
const stopLimitMs = 35_000
const acknowledgeLimitMs = 15_000

const isWaiting = (speaker: LightSpeaker): boolean => {
  const { sent, acknowledged } = speaker.statuses()
  return sent > acknowledged
}

/** Connects at a rate, some at once: what the cloud admits late holds back who comes after. */
const connectAll = async (speakers: readonly LightSpeaker[], perSecond: number, clock: Clock) => {
  const startedMs = clock.now()
  let next = 0
  const lane = async () => {
    for (let index = next++; index < speakers.length; index = next++) {
      await clock.sleep(Math.max(0, startedMs + (index * 1_000) / perSecond - clock.now()))
      await speakers[index]?.connect()
    }
  }
  await Promise.all(Array.from({ length: Math.min(connectsAtOnce, speakers.length) }, lane))
}

/** Many light speakers in one process: statuses each 30 s, conversations one after the other on the first of them. */
export const prepareSpeakers = async (
  plan: SpeakersPlan,
  { clock, random }: SpeakersDeps,
): Promise<LoadPart<SpeakersReport>> => {
  const tally = createSpeakersTally(plan)
  const socket = await openStreamSocket(clock, tally.foreign)
  const ticker = createFrameTicker(clock)
  const stopping = new AbortController()
  // Every conversation waits on it; they are as many as were asked for.
  setMaxListeners(0, stopping.signal)
  const timers = new Set<Timer>()
  const watched: { uptimeMs: number; atMs: number }[] = []
  const running: Promise<void>[] = []
  let beganAtMs = Number.POSITIVE_INFINITY
  const speakers = plan.devices.map((device) =>
    createLightSpeaker({ ...plan, clock, random, device, socket, ticker, tally, beganAtMs: () => beganAtMs }),
  )
  const lag = watchLoopLag(clock)
  await connectAll(speakers, plan.connectsPerSecond, clock)

  const repeat = (firstMs: number, everyMs: number, act: () => Promise<void>) => {
    const again = (afterMs: number) => {
      const timer = clock.startTimer(afterMs, () => {
        timers.delete(timer)
        act().catch(() => tally.fault('a status could not be sent'))
        if (!stopping.signal.aborted) again(everyMs)
      })
      timers.add(timer)
    }
    again(firstMs)
  }
  const converse = async (speaker: LightSpeaker, index: number) => {
    // Nobody begins in the same moment as everybody else.
    await clock.sleep(random() * 2_000, stopping.signal)
    for (let turn = index; !stopping.signal.aborted; turn++) {
      const utterance = plan.utterances[turn % plan.utterances.length]
      const outcome = utterance ? await speaker.talk(utterance) : 'failed'
      const restMs = outcome === 'completed' ? pauseMs.least + random() * (pauseMs.most - pauseMs.least) : afterBusyMs
      await clock.sleep(restMs, stopping.signal)
    }
  }
  const changeWatched = async (speaker: LightSpeaker) => {
    const atMs = clock.now()
    const before = speaker.statuses().lastUptimeMs
    await speaker.publishStatus()
    const { lastUptimeMs } = speaker.statuses()
    if (lastUptimeMs > before) watched.push({ uptimeMs: lastUptimeMs, atMs })
  }
  return {
    begin: (atMs) => {
      beganAtMs = atMs
      for (const speaker of speakers) repeat(random() * plan.statusEveryMs, plan.statusEveryMs, speaker.publishStatus)
      const [first, ...others] = speakers
      if (first && plan.isWatched) repeat(0, watchedEveryMs, () => changeWatched(first))
      // The watched one does not talk while there are others: its statuses are the clock of the fan-out.
      const talkers = plan.isWatched && plan.streams <= others.length ? others : speakers
      for (const [index, speaker] of talkers.slice(0, plan.streams).entries())
        running.push(converse(speaker, index * 7))
    },
    hold: tally.hold,
    cut: (share) => {
      for (const speaker of speakers) if (random() < share) speaker.cut()
    },
    stop: async () => {
      stopping.abort()
      for (const timer of timers) timer.cancel()
      const patience = new AbortController()
      await Promise.race([Promise.all(running), clock.sleep(stopLimitMs, patience.signal)])
      patience.abort()
      await clock.sleep(drainMs)
      // What a cloud that is late still acknowledges is not lost.
      const lateUntilMs = clock.now() + acknowledgeLimitMs
      while (speakers.some(isWaiting) && clock.now() < lateUntilMs) await clock.sleep(drainMs)
      lag.stop()
      socket.close()
    },
    report: () => {
      const all = speakers.map((speaker) => speaker.statuses())
      const sum = (pick: (each: (typeof all)[number]) => number) => all.reduce((total, each) => total + pick(each), 0)
      return {
        ...tally.report(),
        statusesSent: sum(({ sent }) => sent),
        statusesUnacknowledged: sum(({ sent, acknowledged }) => sent - acknowledged),
        lastUptimeMs: Float64Array.from(all, ({ lastUptimeMs }) => lastUptimeMs),
        statusesSinceBegin: Uint32Array.from(all, ({ sinceBegin }) => sinceBegin),
        watchedStatuses: watched,
        loopLag: lag.lag.counts,
      }
    },
  }
}
