import { createHistogram } from './histogram.ts'
import type { SpeakersReport } from './load-messages.ts'
import { createViolationCount } from './violation-count.ts'

/** How a turn ended for the speaker that began it. */
export type TurnOutcome = 'completed' | 'busy' | 'failed'

type TurnPackets = {
  readonly sent: number
  readonly expected: number
  readonly missing: number
  readonly underruns: number
}

/** What all speakers of one process have seen. */
export type SpeakersTally = ReturnType<typeof createSpeakersTally>

export const createSpeakersTally = (options: { readonly toleratesFaults: boolean }) => {
  const violations = createViolationCount()
  const wakeToAck = createHistogram()
  const commitToFirstAudio = createHistogram()
  const downlinkLate = createHistogram()
  const readLate = createHistogram()
  const connectMs = createHistogram()
  const sessionIds: string[] = []
  const turns = { begun: 0, completed: 0, busy: 0, failed: 0 }
  const packets = { sent: 0, expected: 0, missing: 0, foreign: 0, underruns: 0 }
  let online = 0
  let live = 0
  let peakStreams = 0
  let configsApplied = 0
  let reconnects = 0
  let isHeld = false
  return {
    violation: violations.note,
    /** Not one where faults are injected on purpose. */
    fault: (what: string) => {
      if (!options.toleratesFaults) violations.note(what)
    },
    hold: (on: boolean) => {
      isHeld = on
    },
    beginTurn: () => void turns.begun++,
    accepted: () => {
      live++
      peakStreams = Math.max(peakStreams, live)
    },
    endTurn: (how: TurnOutcome, sessionId: string, of: TurnPackets) => {
      turns[how]++
      if (how !== 'busy') live = Math.max(0, live - 1)
      if (how === 'completed') sessionIds.push(sessionId)
      packets.sent += of.sent
      packets.expected += of.expected
      packets.missing += of.missing
      packets.underruns += of.underruns
    },
    foreign: () => void packets.foreign++,
    late: (ms: number) => {
      if (isHeld) downlinkLate.add(ms)
    },
    /** How long a frame of a reply waited for this process, which is not the cloud's affair. */
    readLate: (ms: number) => {
      if (isHeld) readLate.add(ms)
    },
    acknowledged: (ms: number) => {
      if (isHeld) wakeToAck.add(ms)
    },
    firstAudio: (ms: number) => {
      if (isHeld) commitToFirstAudio.add(ms)
    },
    connected: (ms: number) => {
      online++
      connectMs.add(ms)
    },
    disconnected: () => void online--,
    reconnected: () => void reconnects++,
    configApplied: () => void configsApplied++,
    online: () => online,
    turns: () => turns,
    report: (): Omit<
      SpeakersReport,
      'statusesSent' | 'statusesUnacknowledged' | 'lastUptimeMs' | 'statusesSinceBegin' | 'watchedStatuses' | 'loopLag'
    > => ({
      online,
      peakStreams,
      configsApplied,
      reconnects,
      turns: { ...turns, sessionIds },
      packets: { ...packets },
      wakeToAck: wakeToAck.counts,
      commitToFirstAudio: commitToFirstAudio.counts,
      downlinkLate: downlinkLate.counts,
      readLate: readLate.counts,
      connectMs: connectMs.counts,
      violations: violations.all(),
    }),
  }
}
