import type { Log } from '@mynah/shared/log/log.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import * as v from 'valibot'

const logLineSchema = v.looseObject({
  time: v.string(),
  level: v.picklist(['debug', 'info', 'warn', 'error']),
  message: v.string(),
})

/**
 * Lines of a child's own log go on at their level; what else it prints is kept for those who look for it: native engines write what
 * they like.
 */
export const passOnLog = (log: Log, part: string) => (line: string) => {
  const parsed = v.safeParse(logLineSchema, parseJson(line))
  if (!parsed.success) return log.debug('output of a part', { part, line: line.slice(0, 2_000) })
  const { time: _time, level, message, ...fields } = parsed.output
  log[level](message, { part, ...fields })
}
