import type { Clock } from '@mynah/shared/time/clock.ts'
import { type SpokenAudio, StageError } from '../providers/stages.ts'

/** The same patience as on a stream (`bridge/plane/plane-limits.ts`). */
const voiceStallMs = 8_000

export type SpeakAheadDeps = {
  readonly clock: Clock
  readonly synthesize: (signal: AbortSignal) => AsyncIterable<SpokenAudio>
  /** The voice failed after its first sound. Called at most once, before `sound` throws. */
  readonly onFailed: (error: StageError) => void
}

/** A voice that has begun to speak. */
export type SpokenAhead = {
  readonly firstAudioMs: number
  /** All of the sound, made as it is taken; to be read once. Throws `StageError`. */
  readonly sound: AsyncIterable<SpokenAudio>
  /** Nobody will take the rest. */
  readonly stop: () => void
}

const asStageError = (error: unknown): StageError =>
  error instanceof StageError ? error : new StageError('tts', 'crashed', 'the voice failed', { cause: error })

/** The pieces of a voice, one at a time; one that gives none for too long fails, also one that hears no abort. */
const listenTo = ({ clock, synthesize }: SpeakAheadDeps) => {
  const life = new AbortController()
  const pieces = synthesize(life.signal)[Symbol.asyncIterator]()
  const stop = () => {
    if (life.signal.aborted) return
    life.abort()
    // It may rest between two pieces, where no abort reaches it: what it holds is let go of all the same.
    pieces.return?.(undefined).catch(() => {})
  }
  const take = async (): Promise<IteratorResult<SpokenAudio, unknown>> => {
    if (life.signal.aborted) return { done: true, value: undefined }
    let onStall: (error: StageError) => void = () => {}
    const stalled = new Promise<never>((_resolve, reject) => {
      onStall = reject
    })
    const timer = clock.startTimer(voiceStallMs, () =>
      onStall(new StageError('tts', 'timeout', `no sound from the voice for ${voiceStallMs} ms`)),
    )
    try {
      return await Promise.race([pieces.next(), stalled])
    } catch (error) {
      stop()
      throw asStageError(error)
    } finally {
      timer.cancel()
    }
  }
  return { take, stop }
}

/**
 * Has a voice speak before anybody asks for its sound: resolves with the first of it, so that a voice that is gone is known at once
 * and by its own error. Rejects with `StageError`. `signal` ends the voice at any time.
 */
export const speakAhead = async (deps: SpeakAheadDeps, signal: AbortSignal): Promise<SpokenAhead> => {
  const { take, stop } = listenTo(deps)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  const askedAtMs = deps.clock.now()
  const first = await take()
  if (first.done) throw new StageError('tts', 'bad_reply', 'the voice gave no sound')
  const firstAudioMs = deps.clock.now() - askedAtMs
  async function* sound() {
    try {
      for (let piece = first; !piece.done; piece = await take()) yield piece.value
    } catch (error) {
      if (!signal.aborted) deps.onFailed(asStageError(error))
      throw error
    } finally {
      stop()
      signal.removeEventListener('abort', stop)
    }
  }
  return { firstAudioMs, sound: sound(), stop }
}
