import { assertNever } from '@mynah/shared/assert-never.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import { untilAborted } from '@mynah/shared/streams/until-aborted.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { Ability, LocalAnswer, Understanding, UnderstandingFailure } from './understanding.ts'
import type { FromUnderstanding } from './understanding-messages.ts'
import type { StartUnderstanding, UnderstandingProcess } from './understanding-process.ts'

export type UnderstandingDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly start: StartUnderstanding
  readonly zhModelDir?: string
  /** A speech server in the house, asked before the speaker's own recogniser. */
  readonly lanSpeechUrl?: string
}

/** A link that is away for less is coming back by itself. */
const awayMs = 2_000
/** The cloud must stay so long before its substitute goes: a network that flaps would load it again and again. */
const lingerMs = 60_000
/** After start there is enough to do already. */
const lookAfterMs = 3_000
/** Loading and decoding on the slowest board that is meant. */
const answerMs = 15_000
/** So many deaths in a row are no accident. */
const mostCrashes = 3

type Pending = { readonly resolve: (result: Result<LocalAnswer, UnderstandingFailure>) => void; readonly timer: Timer }

/** Understanding in a process of its own: what it loads (some 200 MB with its runtime) is given back whole when the cloud is there. */
export const createUnderstanding = (deps: UnderstandingDeps): Understanding => {
  const { clock, log } = deps
  const listeners = new Set<(ability: Ability) => void>()
  const pending = new Map<number, Pending>()
  let language: Language = 'en'
  let ability: Ability = { type: 'unknown' }
  let process: UnderstandingProcess | undefined
  let needed = false
  let change: Timer | undefined
  let crashes = 0
  let nextRequest = 0
  let ended = false
  /** Started only to learn whether it could. */
  let probing = false

  const become = (next: Ability) => {
    ability = next
    for (const listener of listeners) listener(next)
  }
  const failAll = (failure: UnderstandingFailure) => {
    for (const { resolve, timer } of pending.values()) {
      timer.cancel()
      resolve(refuse(failure))
    }
    pending.clear()
  }
  const letGo = () => {
    const leaving = process
    process = undefined
    leaving?.kill()
  }
  const settle = (requestId: number, result: Result<LocalAnswer, UnderstandingFailure>) => {
    const waiting = pending.get(requestId)
    pending.delete(requestId)
    waiting?.timer.cancel()
    waiting?.resolve(result)
  }
  const onReady = ({ engine, voice }: Extract<FromUnderstanding, { type: 'ready' }>) => {
    if (ability.type !== 'commands') {
      log.info('commands are understood without the cloud', { engine, voice })
      become({ type: 'commands', engine, voice })
    }
    if (probing) letGo()
    probing = false
  }
  const onMessage = (message: FromUnderstanding) => {
    switch (message.type) {
      case 'ready':
        return onReady(message)
      case 'missing':
        log.warn('nothing is understood without the cloud', { reason: message.reason })
        become({ type: 'none', reason: message.reason })
        failAll({ code: 'missing', message: message.reason })
        return letGo()
      case 'answered':
        crashes = 0
        return settle(message.requestId, ok(message.answer))
      case 'failed':
        return settle(message.requestId, refuse({ code: 'crashed', message: message.message }))
      default:
        return assertNever(message)
    }
  }
  const hasCrashed = (why: string) => {
    process = undefined
    crashes++
    log.error('the process that understands commands ended', { why, crashes })
    failAll({ code: 'crashed', message: why })
    if (crashes >= mostCrashes || probing) become({ type: 'none', reason: `it ended ${crashes} times (${why})` })
  }
  const onExit = (gone: UnderstandingProcess, why: string) => {
    if (process === gone) hasCrashed(why)
  }
  /** Undefined where the machine has no memory for another process just now. */
  const startProcess = (): UnderstandingProcess | undefined => {
    try {
      return deps.start()
    } catch (error) {
      hasCrashed(error instanceof Error ? error.message : String(error))
    }
  }
  const ensureStarted = () => {
    if (process || ended || ability.type === 'none') return
    const started = startProcess()
    if (!started) return
    process = started
    started.onMessage((message) => {
      if (process === started) onMessage(message)
    })
    started.onExit((why) => onExit(started, why))
    const { zhModelDir, lanSpeechUrl } = deps
    started.send({
      type: 'open',
      language,
      ...(zhModelDir === undefined ? {} : { zhModelDir }),
      ...(lanSpeechUrl === undefined ? {} : { lanSpeechUrl }),
    })
  }
  const probe = () => {
    probing = true
    ensureStarted()
  }
  const later = (delayMs: number, act: () => void) => {
    change?.cancel()
    change = clock.startTimer(delayMs, act)
  }
  const lingerThenLetGo = (delayMs: number) =>
    later(delayMs, () => {
      if (pending.size > 0) lingerThenLetGo(lingerMs)
      else letGo()
    })
  return {
    ability: () => ability,
    onAbility: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    setNeeded: (now) => {
      if (now === needed) return
      needed = now
      if (now) probing = false
      if (now) later(awayMs, ensureStarted)
      else lingerThenLetGo(lingerMs)
    },
    prepare: () => {
      probing = false
      ensureStarted()
      if (!needed) lingerThenLetGo(lingerMs)
    },
    answer: (request, signal) =>
      new Promise((resolve) => {
        probing = false
        ensureStarted()
        if (!process || signal.aborted) {
          const message = ability.type === 'none' ? ability.reason : 'it is not running'
          return resolve(refuse({ code: 'missing', message }))
        }
        const requestId = nextRequest++
        const giveUp = () => settle(requestId, refuse({ code: 'timeout', message: `no answer in ${answerMs} ms` }))
        pending.set(requestId, { resolve, timer: clock.startTimer(answerMs, giveUp) })
        process.send({ type: 'answer', requestId, request })
      }),
    setLanguage: (next) => {
      if (next === language) return
      language = next
      if (ability.type === 'unknown' && !process) return
      letGo()
      crashes = 0
      failAll({ code: 'missing', message: 'the language changed' })
      become({ type: 'unknown' })
      if (needed) ensureStarted()
      else probe()
    },
    run: async (signal) => {
      // A speaker's next owner runs it again.
      ended = false
      await clock.sleep(lookAfterMs, signal)
      if (!signal.aborted && ability.type === 'unknown' && !process) probe()
      await untilAborted(signal)
      ended = true
      change?.cancel()
      failAll({ code: 'missing', message: 'the speaker stops' })
      letGo()
    },
  }
}
