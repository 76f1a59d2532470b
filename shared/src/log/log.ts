import type { Clock } from '../time/clock.ts'

/**
 * Structured log. The message is a constant sentence, everything that varies is a field. What was said, heard, prompted,
 * named or located goes under `pii`, which is dropped unless the owner switched it on.
 */
export type LogFields = { readonly [field: string]: unknown; readonly pii?: { readonly [field: string]: unknown } }
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type Log = { readonly [level in LogLevel]: (message: string, fields?: LogFields) => void } & {
  /** The same log with fields added to every line. */
  readonly with: (fields: LogFields) => Log
}

const rank: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 }

type LogDeps = {
  readonly clock: Pick<Clock, 'wallTime'>
  readonly writeLine: (line: string) => void
  readonly minLevel?: LogLevel
  readonly keepPii?: boolean
}

/** Errors are written by name, message and causes; a stack only at `debug`, so that nothing private rides along. */
const printable = (_key: string, value: unknown): unknown => {
  if (value instanceof Error) return { name: value.name, message: value.message, cause: value.cause }
  if (typeof value === 'bigint') return value.toString()
  return value
}

/** One JSON object per line: `{"time", "level", "message", ...fields}`. */
export const createJsonLog = (deps: LogDeps, base: LogFields = {}): Log => {
  const write = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (rank[level] < rank[deps.minLevel ?? 'info']) return
    const { pii, ...open } = { ...base, ...fields }
    const line = {
      time: deps.clock.wallTime().toISOString(),
      level,
      message,
      ...open,
      ...(deps.keepPii && pii ? { pii } : {}),
    }
    deps.writeLine(JSON.stringify(line, printable))
  }
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    with: (fields) => createJsonLog(deps, { ...base, ...fields }),
  }
}

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLog,
}
