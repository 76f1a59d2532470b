import { selectLoudspeaker, selectMicrophone } from '@mynah/device/audio/backends/select.ts'
import { type Loudspeaker, type Microphone, playbackFrameSamples } from '@mynah/device/audio/ports.ts'
import type { SpeakerEvent } from '@mynah/device/runtime/speaker-event.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { finishedTurn } from '../conversation.ts'
import { ExpectationError } from '../event-watch.ts'
import type { CommonOptions } from '../options.ts'
import { type CommandDeps, type ExitCode, inPlace, orThrow, type Place } from './context.ts'
import { presentTurn } from './say.ts'

type Hardware = { readonly microphone: Microphone; readonly loudspeaker: Loudspeaker }

const probeLimitMs = 3_000
const probeFrames = 10

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Rejects with what the hardware says when it gives no sound or takes none; a card that is silent for 3 s counts as none. */
const probe = async (hardware: Hardware, clock: Clock): Promise<void> => {
  const ending = new AbortController()
  const timer = clock.startTimer(probeLimitMs, () => ending.abort())
  let frames = 0
  try {
    for await (const _ of hardware.microphone.frames(ending.signal)) if (++frames === probeFrames) break
    if (frames < probeFrames) throw new Error(`the microphone gave ${frames} frames of sound in ${probeLimitMs} ms`)
    let played = 0
    const render = () => {
      if (++played === probeFrames) ending.abort()
      return new Int16Array(playbackFrameSamples)
    }
    await hardware.loudspeaker.play(render, ending.signal)
  } catch (error) {
    throw new ExpectationError(
      `This computer's microphone and loudspeaker do not work: ${reasonOf(error)}\nChoose others with --microphone alsa:DEVICE and --loudspeaker alsa:DEVICE (arecord -L lists them), or talk without a sound card: npm run simulator -- interactive`,
      { cause: error },
    )
  } finally {
    timer.cancel()
    ending.abort()
  }
}

const tell = (deps: CommandDeps, event: SpeakerEvent) => {
  if (event.type === 'phase_changed') deps.note(`[${event.phase}]`)
  else if (event.type === 'transcript') deps.note(`${event.final ? 'heard' : '  ...'} ${event.text}`)
}

/** Tells each turn as it ends, until `signal` aborts. */
const followTurns = async (
  deps: CommandDeps,
  at: { readonly place: Place; readonly options: CommonOptions },
  signal: AbortSignal,
) => {
  const { speaker } = at.place
  while (!signal.aborted) {
    const since = speaker.watch.mark()
    const pick = (event: SpeakerEvent) => {
      tell(deps, event)
      return event.type === 'turn_ended' ? event.sessionId : undefined
    }
    try {
      const sessionId = await speaker.watch.expect({ what: 'turn', pick, since, timeoutMs: 3_600_000 }, signal)
      const conversation = await finishedTurn({ speaker, sessionId }, signal)
      await presentTurn(deps, { conversation, ...at })
    } catch (error) {
      // An hour without a word is no failure of a speaker that waits.
      if (!(error instanceof ExpectationError)) throw error
    }
  }
}

/** `mic`: this computer is the speaker, until Ctrl-C. */
export const mic = async (
  deps: CommandDeps,
  command: { readonly microphone: string; readonly loudspeaker: string; readonly options: CommonOptions },
  signal: AbortSignal,
): Promise<ExitCode> => {
  const microphone = selectMicrophone(command.microphone, deps.clock)
  const loudspeaker = selectLoudspeaker(command.loudspeaker, deps.clock)
  if (!microphone.ok || !loudspeaker.ok) {
    for (const [option, chosen] of Object.entries({ microphone, loudspeaker }))
      if (!chosen.ok) deps.note(`--${option}: ${chosen.error.message}`)
    return 2
  }
  const hardware = { microphone: orThrow(microphone), loudspeaker: orThrow(loudspeaker) }
  await probe(hardware, deps.clock)
  return inPlace<ExitCode>(
    { ...deps, hardware },
    command.options,
    async (place) => {
      deps.note('Say "hey jarvis" and a command. Use headphones: the loudspeaker would hear itself. Ctrl-C ends it.')
      await followTurns(deps, { place, options: command.options }, signal)
      return 0
    },
    signal,
  )
}
