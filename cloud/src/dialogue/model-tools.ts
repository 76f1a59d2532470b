import { nextMoment } from '@mynah/shared/dialogue/skills/moment.ts'
import { setItem } from '@mynah/shared/dialogue/skills/schedule-set.ts'
import { type SkillContext, schedule } from '@mynah/shared/dialogue/skills/skill.ts'
import { spokenMoment } from '@mynah/shared/dialogue/skills/spoken-time.ts'
import type { DialogueAction, SpeakerContext } from '@mynah/shared/dialogue/speaker-context.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { civilTimeAt, isTimeZone } from '@mynah/shared/time/zoned-time.ts'
import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import * as v from 'valibot'
import type { ToolCall, ToolDescription } from '../providers/stages.ts'

/** What the model can do: the same actions as the local skills, so that a speaker does not know who asked for them. */
export type ToolOutcome = { readonly content: string; readonly actions: readonly DialogueAction[] }

export type ModelTools = {
  readonly descriptions: readonly ToolDescription[]
  /** Total: a wrong name or wrong arguments are told to the model, which may try again. */
  readonly run: (call: ToolCall) => ToolOutcome
}

type Tool = {
  readonly description: ToolDescription
  readonly run: (argumentsJson: string) => ToolOutcome
}

const outcome = (content: unknown, actions: readonly DialogueAction[] = []): ToolOutcome => ({
  content: JSON.stringify(content),
  actions,
})

const tool = <S extends v.GenericSchema>(
  description: ToolDescription,
  schema: S,
  run: (input: v.InferOutput<S>) => ToolOutcome,
): Tool => ({
  description,
  run: (argumentsJson) => {
    const parsed = v.safeParse(schema, argumentsJson === '' ? {} : parseJson(argumentsJson))
    if (parsed.success) return run(parsed.output)
    return outcome({ error: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? ''} ${issue.message}`.trim()) })
  },
})

const object = (properties: Record<string, unknown>, required: readonly string[] = []): Record<string, unknown> => ({
  type: 'object',
  properties,
  required,
})

const text = (description: string) => ({ type: 'string', description })
const kind = { type: 'string', enum: ['timer', 'alarm', 'reminder'] }
const label = v.optional(v.pipe(v.string(), v.maxLength(200)))
const kindSchema = v.picklist(['timer', 'alarm', 'reminder'])
const seconds = v.pipe(v.number(), v.minValue(1), v.maxValue(86_400))
const clockTime = v.pipe(v.string(), v.regex(/^([01]?\d|2[0-3]):[0-5]\d$/, 'a time is HH:MM, 00:00 to 23:59'))

type ToolScope = { readonly context: SkillContext; readonly speaker: SpeakerContext; readonly items: ScheduleItem[] }

const remember = (scope: ToolScope, actions: readonly DialogueAction[]): void => {
  for (const action of actions) {
    if (action.type === 'schedule' && action.change.action === 'set') scope.items.push(action.change.item)
  }
}

const setAndTell = (scope: ToolScope, item: Parameters<typeof setItem>[1]): ToolOutcome => {
  const { context } = scope
  if (scope.items.length >= 100) return outcome({ error: 'too many timers and alarms' })
  const { actions = [] } = setItem(context, item)
  remember(scope, actions)
  const spoken = spokenMoment(item.firesAtMs, context.nowMs, scope.speaker.timeZone, context.language)
  return outcome({ ok: true, fires_at: instant(item.firesAtMs).toISOString(), spoken }, actions)
}

const timeTool = ({ context, speaker }: ToolScope): Tool =>
  tool(
    {
      name: 'get_time',
      description: 'The present date and time.',
      parameters: object({ time_zone: text('IANA name; the home of the speaker when absent') }),
    },
    v.object({ time_zone: v.optional(v.pipe(v.string(), v.maxLength(64))) }),
    ({ time_zone = speaker.timeZone }) =>
      isTimeZone(time_zone)
        ? outcome({ time_zone, ...civilTimeAt(context.nowMs, time_zone) })
        : outcome({ error: 'no such time zone' }),
  )

const setTimerTool = (scope: ToolScope): Tool =>
  tool(
    {
      name: 'set_timer',
      description: 'Starts a countdown.',
      parameters: object({ duration_seconds: { type: 'number' }, label: text('What it is for') }, ['duration_seconds']),
    },
    v.object({ duration_seconds: seconds, label }),
    ({ duration_seconds, label: name }) => {
      const durationMs = Math.round(duration_seconds * 1_000)
      return setAndTell(scope, { kind: 'timer', firesAtMs: scope.context.nowMs + durationMs, durationMs, label: name })
    },
  )

const setAtTimeTool = (scope: ToolScope, itemKind: 'alarm' | 'reminder'): Tool =>
  tool(
    {
      name: `set_${itemKind}`,
      description: itemKind === 'alarm' ? 'Sets an alarm.' : 'Sets a reminder of something to do.',
      parameters: object(
        {
          time: text('HH:MM, 24 hours'),
          in_days: { type: 'integer', description: '0 today, 1 tomorrow; the next such time when absent' },
          label: text('What it is for'),
        },
        ['time'],
      ),
    },
    v.object({
      time: clockTime,
      in_days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(366))),
      label,
    }),
    ({ time, in_days, label: name }) => {
      const [hour = 0, minute = 0] = time.split(':').map(Number)
      const firesAtMs = nextMoment({
        time: { type: 'time_of_day', hour, minute, exact: true },
        nowMs: scope.context.nowMs,
        timeZone: scope.speaker.timeZone,
        ...(in_days === undefined ? {} : { day: { type: 'day', inDays: in_days } }),
      })
      if (firesAtMs === undefined) return outcome({ error: 'that time has passed' })
      return setAndTell(scope, { kind: itemKind, firesAtMs, label: name })
    },
  )

const listTool = ({ items, context, speaker }: ToolScope): Tool =>
  tool(
    { name: 'list_schedule', description: 'Timers, alarms and reminders that are set.', parameters: object({}) },
    v.object({}),
    () =>
      outcome(
        items.slice(0, 30).map((item) => {
          const firesAtMs = instant(item.fires_at).getTime()
          return {
            item_id: item.item_id,
            kind: item.kind,
            label: item.label,
            fires: spokenMoment(firesAtMs, context.nowMs, speaker.timeZone, context.language),
            seconds_left: Math.max(0, Math.round((firesAtMs - context.nowMs) / 1_000)),
          }
        }),
      ),
  )

const cancelTool = ({ items, context }: ToolScope): Tool =>
  tool(
    {
      name: 'cancel_schedule',
      description: 'Cancels one item by item_id, or all of a kind.',
      parameters: object({ item_id: text('From list_schedule'), all_of_kind: kind }),
    },
    v.object({ item_id: v.optional(v.string()), all_of_kind: v.optional(kindSchema) }),
    ({ item_id, all_of_kind }) => {
      if (all_of_kind) {
        items.splice(0, items.length, ...items.filter((item) => item.kind !== all_of_kind))
        return outcome({ ok: true }, [
          schedule({ action: 'cancel_all', change_id: context.newId(), kind: all_of_kind }),
        ])
      }
      const index = items.findIndex((item) => item.item_id === item_id)
      if (index < 0 || item_id === undefined) return outcome({ error: 'no such item' })
      items.splice(index, 1)
      return outcome({ ok: true }, [schedule({ action: 'cancel', change_id: context.newId(), item_id })])
    },
  )

const volumeTool = ({ speaker }: ToolScope): Tool =>
  tool(
    {
      name: 'set_volume',
      description: `Sets the loudness, 0 to 100. It is ${Math.round(speaker.volume)} now.`,
      parameters: object({ volume: { type: 'integer' } }, ['volume']),
    },
    v.object({ volume: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100)) }),
    ({ volume }) => outcome({ ok: true }, [{ type: 'command', command: { type: 'set_volume', volume } }]),
  )

/** The tools of one turn. They see the schedule as it was when the turn began, and what they change in it themselves. */
export const createModelTools = (context: SkillContext): ModelTools => {
  const scope: ToolScope = { context, speaker: context.speaker, items: [...context.speaker.schedule] }
  const ofSchedule = [
    setTimerTool(scope),
    setAtTimeTool(scope, 'alarm'),
    setAtTimeTool(scope, 'reminder'),
    listTool(scope),
    cancelTool(scope),
  ]
  const tools = [timeTool(scope), ...(context.speaker.keepsSchedule === false ? [] : ofSchedule), volumeTool(scope)]
  return {
    descriptions: tools.map(({ description }) => description),
    run: (call) =>
      tools.find(({ description }) => description.name === call.name)?.run(call.argumentsJson) ??
      outcome({ error: 'no such tool' }),
  }
}
