import { assertNever } from '@mynah/shared/assert-never.ts'
import type { DialogueAction, SpeakerContext } from '@mynah/shared/dialogue/speaker-context.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import { ok, type Result } from '@mynah/shared/result.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { DeviceConfig } from '../config/device-config.ts'
import type { ScheduleKeeper } from '../local/schedule-keeper.ts'
import type { LocalAnswer, Said, Understanding, UnderstandingFailure } from '../understanding/understanding.ts'

export type LocalAnswersDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly deviceId: string
  readonly understanding: Understanding
  readonly schedule: Pick<ScheduleKeeper, 'items' | 'receive' | 'stopRinging'>
  readonly volume: { readonly current: () => number; readonly set: (volume: number) => Promise<void> }
  readonly config: () => DeviceConfig
}

/** Understands what was said and does it: the same actions that the cloud would have sent. */
export type LocalAnswers = {
  readonly prepare: () => void
  readonly answer: (
    asked: { readonly said: Said; readonly tellAway: boolean },
    signal: AbortSignal,
  ) => Promise<Result<LocalAnswer, UnderstandingFailure>>
}

const machineTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone

export const createLocalAnswers = (deps: LocalAnswersDeps): LocalAnswers => {
  const { clock, log, schedule, volume } = deps

  const speaker = (): SpeakerContext => {
    const { language, name, room, timeZone } = deps.config()
    return {
      deviceId: deps.deviceId,
      language,
      timeZone: timeZone ?? machineTimeZone(),
      volume: volume.current(),
      schedule: schedule.items(),
      ...(name === undefined ? {} : { name }),
      ...(room === undefined ? {} : { room }),
    }
  }
  const execute = async (action: DialogueAction): Promise<void> => {
    switch (action.type) {
      case 'schedule':
        return schedule.receive(action.change)
      case 'command':
        if (action.command.type === 'set_volume') return volume.set(action.command.volume)
        log.warn('a command was not carried out without the cloud', { command: action.command.type })
        return
      default:
        return assertNever(action)
    }
  }
  return {
    prepare: deps.understanding.prepare,
    answer: async ({ said, tellAway }, signal) => {
      const request = { said, tellAway, nowMs: clock.wallTime().getTime(), speaker: speaker() }
      const answer = await deps.understanding.answer(request, signal)
      // A turn that was cancelled meanwhile must not set a timer afterwards.
      if (!answer.ok || signal.aborted) return answer
      for (const action of answer.value.actions) {
        try {
          await execute(action)
        } catch (error) {
          // It counts until the next start, and whoever asked still gets an answer.
          log.error('what was asked for was not kept', { action: action.type, error })
        }
      }
      return ok(answer.value)
    },
  }
}
