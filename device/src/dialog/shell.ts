import { assertNever } from '@mynah/shared/assert-never.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import type { DialogPhase } from '@mynah/shared/wire/topics.ts'
import type { EarconName, PhraseName, SpeakerEvent } from '../runtime/speaker-event.ts'
import { step } from './dialog.ts'
import type { DialogEffect, TimerName } from './dialog-effect.ts'
import type { DialogEvent } from './dialog-event.ts'
import { type Ambient, currentSessionId, type DialogState, initialDialog } from './dialog-state.ts'

/** What effects of a turn act on: the stream, the ears, the reply. */
export type TurnActions = {
  readonly open: (effect: Extract<DialogEffect, { type: 'open_turn' }>) => void
  readonly startCapture: () => void
  readonly stopCapture: () => void
  readonly playReply: (effect: Extract<DialogEffect, { type: 'play_reply' }>) => void
  readonly nameReply: (playId: string) => void
  readonly stopReply: () => void
  /** The cloud is let go of; the sound heard so far is kept. */
  readonly takeOver: (effect: Extract<DialogEffect, { type: 'take_over' }>) => void
  readonly answerLocally: (effect: Extract<DialogEffect, { type: 'answer_locally' }>) => void
  readonly end: (effect: Extract<DialogEffect, { type: 'end_turn' }>) => void
}

export type DialogShellDeps = {
  readonly clock: Clock
  readonly log: Log
  readonly ambient: Ambient
  readonly turn: TurnActions
  readonly earcon: (earcon: EarconName) => void
  readonly phrase: (phrase: PhraseName) => void
  readonly onPhase: (phase: DialogPhase, state: DialogState) => void
  readonly emit: (event: SpeakerEvent) => void
}

/** Runs the dialog machine: events in, its effects executed in order. An event told by an effect waits for its turn. */
export type DialogShell = {
  readonly tell: (event: DialogEvent) => void
  readonly phase: () => DialogPhase
  readonly sessionId: () => string | undefined
  /** For good: what still comes moves nothing. */
  readonly stop: () => void
}

export const createDialogShell = (deps: DialogShellDeps): DialogShell => {
  const { clock, turn } = deps
  let state = initialDialog(deps.ambient)
  const waiting: DialogEvent[] = []
  let stopped = false
  let stepping = false
  const timers = new Map<TimerName, Timer>()

  const cancel = (name: TimerName) => {
    timers.get(name)?.cancel()
    timers.delete(name)
  }
  const start = ({ timer, sessionId, delayMs }: Extract<DialogEffect, { type: 'start_timer' }>) => {
    cancel(timer)
    timers.set(
      timer,
      clock.startTimer(delayMs, () => {
        timers.delete(timer)
        tell({ type: 'timer_elapsed', sessionId, timer })
      }),
    )
  }
  const execute = (effect: DialogEffect) => {
    switch (effect.type) {
      case 'open_turn':
        return turn.open(effect)
      case 'start_capture':
        return turn.startCapture()
      case 'stop_capture':
        return turn.stopCapture()
      case 'play_reply':
        return turn.playReply(effect)
      case 'name_playback':
        return turn.nameReply(effect.playId)
      case 'stop_playback':
        return turn.stopReply()
      case 'earcon':
        return deps.earcon(effect.earcon)
      case 'phrase':
        return deps.phrase(effect.phrase)
      case 'start_timer':
        return start(effect)
      case 'cancel_timer':
        return cancel(effect.timer)
      case 'take_over':
        return turn.takeOver(effect)
      case 'answer_locally':
        return turn.answerLocally(effect)
      case 'show_phase':
        return show(effect)
      case 'end_turn':
        return turn.end(effect)
      case 'ignore_wake':
        return deps.emit({ type: 'wake_ignored', reason: effect.reason, atMs: clock.now() })
      default:
        return assertNever(effect)
    }
  }
  const show = ({ phase, sessionId }: Extract<DialogEffect, { type: 'show_phase' }>) => {
    deps.onPhase(phase, state)
    deps.emit({ type: 'phase_changed', phase, ...(sessionId ? { sessionId } : {}), atMs: clock.now() })
  }
  const stepOnce = (event: DialogEvent) => {
    const [next, effects] = step(state, event)
    state = next
    for (const effect of effects) {
      try {
        execute(effect)
      } catch (error) {
        // The effects that follow still have to happen: a turn must end, the microphone must close.
        deps.log.error('an effect of the dialog failed', { effect: effect.type, error })
      }
    }
  }
  const tell = (event: DialogEvent) => {
    if (stopped) return
    waiting.push(event)
    if (stepping) return
    stepping = true
    for (let next = waiting.shift(); next; next = waiting.shift()) stepOnce(next)
    stepping = false
  }
  return {
    tell,
    phase: () => state.phase,
    sessionId: () => currentSessionId(state),
    stop: () => {
      stopped = true
      for (const timer of timers.values()) timer.cancel()
      timers.clear()
    },
  }
}
