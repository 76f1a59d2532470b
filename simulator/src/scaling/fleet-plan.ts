import type { Costs, Usage } from './costs.ts'

/** What happens per second in the busiest hour. */
export type Rates = {
  readonly statuses: number
  readonly turns: number
  readonly liveTurns: number
  readonly browsers: number
  readonly apiReads: number
  readonly apiChanges: number
}

export type RoleNeed = {
  readonly role: 'broker' | 'gateway' | 'bridge' | 'speech' | 'database'
  /** What decides which of them serves something. */
  readonly shardsBy: string
  readonly cores: number
  readonly memoryGb: number
  readonly processes: number
  readonly machines: number
}

/** Half of a core stays free: at more the waiting grows faster than the work. */
const usableShare = 0.5
const coresPerMachine = 8
const gigabyte = 2 ** 30
/** One Node process is one core of work; descriptors end it at twenty thousand connections. */
const connectionsPerProcess = 15_000
const processBaseGb = 0.25
const hourS = 3_600
const dayS = 86_400

export const ratesOf = (speakers: number, usage: Usage): Rates => {
  const turns = (speakers * usage.turnsPerSpeakerPerDay * usage.peakFactor) / dayS
  const browsers = speakers * usage.browsersPerSpeaker
  return {
    statuses: (speakers * usage.statusesPerSpeakerPerHour) / hourS + turns * 3,
    turns,
    liveTurns: turns * usage.turnSeconds,
    browsers,
    apiReads: (browsers * usage.apiReadsPerBrowserPerMinute) / 60,
    apiChanges: (speakers * usage.apiChangesPerSpeakerPerDay * usage.peakFactor) / dayS,
  }
}

const need = (
  role: RoleNeed['role'],
  shardsBy: string,
  of: { readonly cpuUsPerS: number; readonly bytes: number; readonly leastProcesses?: number },
): RoleNeed => {
  const cores = of.cpuUsPerS / 1e6
  const processes = Math.max(1, of.leastProcesses ?? 1, Math.ceil(cores / usableShare))
  const memoryGb = of.bytes / gigabyte + processes * processBaseGb
  return { role, shardsBy, cores, memoryGb, processes, machines: Math.ceil(processes / coresPerMachine) }
}

/** Pure arithmetic: which roles a fleet needs in its busiest hour, by the costs of one thing each. */
export const planFleet = (speakers: number, usage: Usage, costs: Costs): readonly RoleNeed[] => {
  const rates = ratesOf(speakers, usage)
  const messages = rates.statuses + rates.turns * usage.messagesPerTurn + rates.apiChanges * 2
  const audioUs = (usage.packetsUpPerTurn + usage.packetsDownPerTurn) * costs.audioPacketUs
  const speechS = usage.audioSecondsPerTurn * costs.recogniserShare + usage.voiceSecondsPerTurn * costs.voiceShare
  // A browser sees its own home: some two speakers with their statuses and turns.
  const eventsPerBrowser = 2 * (usage.statusesPerSpeakerPerHour / hourS) + (2 * rates.turns * 8) / Math.max(1, speakers)
  return [
    need('broker', 'client id, by the balancer of the broker cluster', {
      cpuUsPerS: messages * costs.brokerMessageUs * 2,
      bytes: speakers * costs.brokerConnectionBytes,
      leastProcesses: Math.ceil(speakers / 200_000),
    }),
    need('gateway', 'home: every speaker, person and browser of a home meet in one', {
      cpuUsPerS:
        rates.statuses * costs.statusUs +
        rates.browsers * eventsPerBrowser * costs.browserEventUs +
        rates.apiReads * costs.apiReadUs +
        rates.apiChanges * costs.apiChangeUs,
      bytes: rates.browsers * costs.browserConnectionBytes + speakers * 3_000,
      leastProcesses: Math.ceil(rates.browsers / connectionsPerProcess),
    }),
    need('bridge', 'device id: its hash chooses bridge and worker, and the speaker is told the address', {
      cpuUsPerS: rates.turns * (costs.turnControlUs + audioUs),
      bytes: rates.liveTurns * 400_000,
    }),
    need('speech', 'nothing: each call goes to any of them', {
      cpuUsPerS: rates.turns * speechS * 1e6,
      bytes: rates.liveTurns * 5e6,
    }),
    need('database', 'home', {
      cpuUsPerS: (rates.statuses / 10 + rates.turns * 3 + rates.apiChanges * 3) * costs.databaseWriteUs,
      bytes: speakers * 20_000,
    }),
  ]
}
