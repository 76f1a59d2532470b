import { createJsonLog, type Log, type LogFields, type LogLevel } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'

/** A log whose level the panel sets while the speaker runs; logs that were made of it with more fields follow. */
export type AdjustableLog = { readonly log: Log; readonly setLevel: (level: LogLevel) => void }

export type AdjustableLogDeps = {
  readonly clock: Pick<Clock, 'wallTime'>
  readonly writeLine: (line: string) => void
}

export const createAdjustableLog = (deps: AdjustableLogDeps, level: LogLevel): AdjustableLog => {
  let current = level
  const withFields = (base: LogFields): Log => {
    const of = (minLevel: LogLevel) => createJsonLog({ ...deps, minLevel }, base)
    const byLevel = { debug: of('debug'), info: of('info'), warn: of('warn'), error: of('error') }
    return {
      debug: (...line) => byLevel[current].debug(...line),
      info: (...line) => byLevel[current].info(...line),
      warn: (...line) => byLevel[current].warn(...line),
      error: (...line) => byLevel[current].error(...line),
      with: (fields) => withFields({ ...base, ...fields }),
    }
  }
  return {
    log: withFields({}),
    setLevel: (next) => {
      current = next
    },
  }
}
