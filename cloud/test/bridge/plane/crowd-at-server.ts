import { silentLog } from '@mynah/shared/log/log.ts'
import { type Random, seededRandom } from '@mynah/shared/streams/random.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { createTurnAdmission, type TurnAdmission } from '../../../src/bridge/plane/turn-admission.ts'

/** A machine that serves turns, and a crowd that wants more of them than it can serve. */
export type Crowd = {
  /** Who would talk without pause at this time. */
  readonly peopleAt: (atMs: number) => number
  /** Turns a second that the machine can serve at this time. */
  readonly turnsPerSecondAt: (atMs: number) => number
  readonly seconds: number
  readonly seed: number
}

/** When replies began and how late they were (beyond the engines' own time), and when wakes were refused. */
export type Outcome = {
  readonly begun: readonly { readonly atMs: number; readonly delayMs: number }[]
  readonly refusedAtMs: readonly number[]
}

/** Of `npm run load`: a wake with 0.8 s of sound, one more second, a reply of a second, a pause; another try a second after a refusal. */
const lengthsMs = { speech: 1_050, reply: 1_300, pause: 250, again: 1_000, allWithin: 2_000 } as const
/** What a turn feels of a machine that has nothing else to do, and what waiting for the CPU adds as the machine fills. */
const feltMs = { quiet: 60, busy: 14 } as const
/** In turns: the sound of who is refused comes all the same. */
export const refusalCost = 0.04
/** Most of a turn's work comes when its speaker has finished: recogniser, answer, voice, and the first 200 ms of the reply. */
const workShares = { heard: 0.3, decided: 0.4, answered: 0.3 } as const
const stepMs = 20

/** Turns' worth of work that comes and is done in order; what is more than the machine can do waits, and everybody waits for it. */
const createMachine = (random: Random) => {
  let backlog = 0
  let busy = 0
  let times = { ranNs: 0, waitedNs: 0 }
  return {
    times: () => times,
    add: (turns: number) => {
      backlog += turns
    },
    delayMs: (turnsPerSecond: number) =>
      feltMs.quiet + ((feltMs.busy * busy) / (1.08 - busy)) * (0.5 + random()) + (backlog / turnsPerSecond) * 1_000,
    step: (turnsPerSecond: number) => {
      const able = (turnsPerSecond * stepMs) / 1_000
      const done = Math.min(able, backlog)
      backlog -= done
      busy += 0.05 * (done / able - busy)
      const ranNs = 0.4e6 * stepMs * busy
      const waits = (busy > 0.75 ? 3 * busy - 1.5 : 0.3 * busy) * (0.5 + random())
      times = { ranNs: times.ranNs + ranNs, waitedNs: times.waitedNs + ranNs * waits }
    },
  }
}

type Person =
  | { readonly phase: 'silent'; readonly untilMs: number }
  | {
      readonly phase: 'heard' | 'waits' | 'answered'
      readonly untilMs: number
      readonly delayMs: number
      readonly sessionId: string
    }

const tellOf = (admission: TurnAdmission, sessionId: string, delayMs: number) => {
  const atMs = 0
  admission.noteEvent({ type: 'final', sessionId, text: '', outOfGrammar: false, waitedMs: delayMs / 2 })
  admission.noteEvent({ type: 'sentence_started', sessionId, sentenceId: 0, atMs, ttsFirstAudioMs: delayMs / 2 })
}

/** Turn by turn on a manual clock, with the admission as it is. */
export const runCrowd = async ({ peopleAt, turnsPerSecondAt, seconds, seed }: Crowd): Promise<Outcome> => {
  const clock = createManualClock()
  const random = seededRandom(seed)
  const machine = createMachine(random)
  const people: Person[] = []
  const begun: { atMs: number; delayMs: number }[] = []
  const refusedAtMs: number[] = []
  const stop = new AbortController()
  let underWay = 0
  let turns = 0
  const admission = createTurnAdmission({
    clock,
    log: silentLog,
    underWay: () => underWay,
    cpuTimes: () => new Map([[1, machine.times()]]),
  })
  const running = admission.run(stop.signal)
  const wake = (nowMs: number): Person => {
    if (admission.isFull()) {
      refusedAtMs.push(nowMs)
      machine.add(refusalCost)
      return { phase: 'silent', untilMs: nowMs + lengthsMs.again }
    }
    admission.noteBegun()
    underWay++
    return { phase: 'heard', untilMs: nowMs + lengthsMs.speech, delayMs: 0, sessionId: `turn ${turns++}` }
  }
  const next = (person: Person, nowMs: number): Person => {
    switch (person.phase) {
      case 'silent':
        return wake(nowMs)
      case 'heard': {
        machine.add(workShares.decided)
        const delayMs = machine.delayMs(turnsPerSecondAt(nowMs))
        return { ...person, phase: 'waits', delayMs, untilMs: nowMs + delayMs }
      }
      case 'waits':
        begun.push({ atMs: nowMs, delayMs: person.delayMs })
        tellOf(admission, person.sessionId, person.delayMs)
        return { ...person, phase: 'answered', untilMs: nowMs + lengthsMs.reply }
      case 'answered':
        underWay--
        return { phase: 'silent', untilMs: nowMs + lengthsMs.pause }
    }
  }
  const workOf = ({ phase }: Person): number => {
    if (phase === 'heard') return (workShares.heard * stepMs) / lengthsMs.speech
    return phase === 'answered' ? (workShares.answered * stepMs) / lengthsMs.reply : 0
  }
  for (let nowMs = 0; nowMs < seconds * 1_000; nowMs += stepMs) {
    const wanted = peopleAt(nowMs)
    while (people.length < wanted) people.push({ phase: 'silent', untilMs: nowMs + random() * lengthsMs.allWithin })
    for (const [index, person] of people.entries()) {
      const isGone = index >= wanted && person.phase === 'silent'
      const now = isGone || nowMs < person.untilMs ? person : next(person, nowMs)
      people[index] = now
      machine.add(workOf(now))
    }
    machine.step(turnsPerSecondAt(nowMs))
    await clock.advance(stepMs)
  }
  stop.abort()
  await running
  return { begun, refusedAtMs }
}
