import { createScope, type Scope } from '@mynah/shared/streams/scope.ts'
import { newSessionId } from '@mynah/shared/wire/session-keys.ts'
import type { DialogPhase, Language } from '@mynah/shared/wire/topics.ts'
import { keepPlaying } from './keep-playing.ts'
import type { SpeakerDeps } from './speaker-deps.ts'
import type { SpeakerEvent } from './speaker-event.ts'
import { createSpeakerParts } from './speaker-parts.ts'

export type Speaker = {
  readonly deviceId: string
  /** Listens, speaks and stays connected until `signal` aborts. Run it once. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Calls `listener` synchronously with everything that happens; answers how to unsubscribe. */
  readonly events: (listener: (event: SpeakerEvent) => void) => () => void
  /** A typed turn, 1 to 1,000 characters: nothing is heard, the reply is spoken. Throws RangeError for another length. */
  readonly sayText: (text: string) => void
  /** Silences what rings; else starts a turn, or stops the one that runs. */
  readonly pressButton: () => void
  /** A mute switch that is on has the last word. */
  readonly setMuted: (muted: boolean) => void
  readonly muted: () => boolean
  readonly setVolume: (volume: number) => Promise<void>
  readonly phase: () => DialogPhase
  readonly language: () => Language
  readonly counters: () => Readonly<Record<string, number>>
  /** How long it can be away without anybody missing it: 0 while somebody talks to it or it rings, else until something is due. */
  readonly quietForMs: () => number
  readonly isOnline: () => boolean
  /** What became of an offered release. */
  readonly reportUpdate: (state: { readonly code: string; readonly message: string }) => void
}

const longestText = 1_000

/** A speaker whose parts are put together; nothing happens before `run`. */
export const createSpeaker = (deps: SpeakerDeps): Speaker => {
  const { clock, log, identity, understanding } = deps
  const listeners = new Set<(event: SpeakerEvent) => void>()
  let life: Scope | undefined

  const emit = (event: SpeakerEvent) => {
    for (const listener of listeners) listener(event)
  }
  const onUnexpected = (error: unknown) => log.error('something failed that should not', { error })
  const parts = createSpeakerParts({ ...deps, emit, onUnexpected, whileRunning: (task) => life?.run(task) })
  const { dialog, hardware, hearing, link, others, ownWords, path, schedule, selfReport, settings, status, voice } =
    parts

  const forgetAbility = understanding?.onAbility((ability) => {
    dialog.tell({ type: 'local_commands_changed', available: ability.type === 'commands' })
    status.changed()
  })

  const load = async () => {
    await settings.load()
    await schedule.load()
    await voice.phrases.load(settings.config().language)
    await hearing.load()
  }
  return {
    deviceId: identity.deviceId,
    run: async (signal) => {
      await load()
      const scope = createScope(signal)
      life = scope
      scope.run(hearing.capture.run)
      // Not waited for: without a network the look-up of a name takes its time, and an alarm may be due.
      if (identity.udp) path.setAddress(identity.udp).catch(onUnexpected)
      scope.run((stop) =>
        keepPlaying(
          {
            ...deps,
            render: hearing.overhear(voice.mixer.render),
            onFailed: (error) => hardware.failed('loudspeaker', error),
            onWorks: () => hardware.works('loudspeaker'),
          },
          stop,
        ),
      )
      scope.run(voice.run)
      scope.run(schedule.run)
      scope.run(status.run)
      if (understanding) {
        // Until the first connection there is no cloud.
        understanding.setNeeded(!link.isOnline())
        scope.run(understanding.run)
      }
      scope.run(link.run)
      try {
        await scope.done()
      } finally {
        dialog.stop()
        forgetAbility?.()
        await path.close()
        await Promise.all([settings.stop(), hearing.settled(), ownWords?.stop()])
      }
    },
    events: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    sayText: (text) => {
      if (text.length < 1 || text.length > longestText) {
        throw new RangeError(`1 to ${longestText} characters, got ${text.length}`)
      }
      dialog.tell({ type: 'text_typed', newSessionId: newSessionId(), text, atMs: clock.now() })
    },
    pressButton: () => {
      link.publish('event', { type: 'button' })
      if (schedule.isRinging()) return void schedule.stopRinging().catch(onUnexpected)
      if (others.stopAll()) return
      dialog.tell({ type: 'button_pressed', newSessionId: newSessionId(), atMs: clock.now() })
    },
    quietForMs: () => (selfReport.isBusy() ? 0 : schedule.nextDueInMs()),
    isOnline: link.isOnline,
    reportUpdate: (state) => {
      link.publish('event', { type: 'update_state', ...state })
      emit({ type: 'update_changed', code: state.code, atMs: clock.now() })
    },
    setMuted: settings.setMuted,
    muted: settings.muted,
    setVolume: settings.volume.set,
    phase: dialog.phase,
    language: () => settings.config().language,
    counters: selfReport.counters,
  }
}
