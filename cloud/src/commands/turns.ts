import * as v from 'valibot'
import type { TurnRecord } from '../store/turn-store.ts'
import { type Command, exitCode, takeOptions } from './command.ts'
import { withStore } from './with-store.ts'

const limitSchema = v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number), v.minValue(1))

const describe = (turn: TurnRecord): string => {
  const { startedAt, deviceId, outcome, failure, heard, heardReply, reply, answeredBy, timings } = turn
  const end = failure ? `${outcome} (${failure.stage}: ${failure.code})` : (outcome ?? 'running')
  const lines = [
    `${startedAt}  ${deviceId}  ${turn.trigger}  ${end}${answeredBy ? `  by ${answeredBy}` : ''}`,
    ...(heard ? [`  heard: ${heard}`] : []),
    ...(reply ? [`  reply: ${reply}`] : []),
    ...(reply && heardReply !== reply ? [`  of it was heard: ${heardReply || 'nothing'}`] : []),
    ...(Object.keys(timings).length > 0
      ? [
          `  ms: ${Object.entries(timings)
            .map(([hop, ms]) => `${hop} ${Math.round(ms)}`)
            .join(', ')}`,
        ]
      : []),
  ]
  return lines.join('\n')
}

/** `turns [--json] [--limit n]`: the recorded turns, newest first; with --json one object per line. */
export const showTurns: Command = async (context) => {
  const { values, alone, rest } = takeOptions(context.args, { withValue: ['--limit'], alone: ['--json'] })
  const limit = v.safeParse(limitSchema, values.get('--limit') ?? '20')
  if (!limit.success) {
    context.printError(`--limit: ${values.get('--limit')} is not allowed. Allowed: a whole number from 1`)
    return exitCode.usage
  }
  return withStore(context, rest, (store) => {
    const turns = store.turns.list({ limit: limit.output })
    for (const turn of turns) context.print(alone.has('--json') ? JSON.stringify(turn) : describe(turn))
    if (turns.length === 0 && !alone.has('--json')) context.print('No turns yet.')
    return exitCode.ok
  })
}
