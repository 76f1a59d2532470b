import type { FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { SoundKind } from '../audio/mixer.ts'
import type { PlaybackReport, Sound, Sounds } from './sounds.ts'

type Play = ToDeviceMessage<'play'>

export type OtherSoundsDeps = {
  readonly sounds: Sounds
  /** A sentence from disk by its name. */
  readonly phrase: (name: string) => Int16Array | undefined
  readonly publish: (playback: Omit<FromDeviceMessage<'playback'>, 'v'>) => void
  readonly onReport: (playId: string, report: PlaybackReport) => void
}

/** Announcements, media and alarms that the cloud plays outside of turns. */
export type OtherSounds = {
  readonly play: (message: Play) => void
  /** True when something was playing. */
  readonly stopAll: () => boolean
}

const maxAtOnce = 4
const kinds: Record<Play['kind'], SoundKind> = {
  reply: 'announcement',
  announcement: 'announcement',
  media: 'media',
  alarm: 'alarm',
}

export const createOtherSounds = (deps: OtherSoundsDeps): OtherSounds => {
  const playing = new Map<string, Sound>()

  const report = (playId: string, told: PlaybackReport) => {
    const { state, playedMs, failure } = told
    if (state !== 'started') playing.delete(playId)
    deps.publish({ play_id: playId, state, played_ms: playedMs, ...(failure ? { error: failure } : {}) })
    deps.onReport(playId, told)
  }
  const fail = (playId: string, code: string, message: string) =>
    report(playId, { state: 'failed', playedMs: 0, failure: { stage: 'playback', code, message } })
  const sourceOf = (source: Play['source']) => {
    if (source.type === 'url') return { url: source.url }
    const samples = source.type === 'phrase' ? deps.phrase(source.phrase) : undefined
    return samples ? { samples } : undefined
  }
  return {
    play: ({ play_id: playId, source, kind }) => {
      // QoS 1 delivers twice.
      if (playing.has(playId)) return
      if (playing.size >= maxAtOnce) return fail(playId, 'busy', `at most ${maxAtOnce} sounds at once`)
      const known = sourceOf(source)
      if (!known) return fail(playId, 'no_such_sound', `no sound for a source of type ${source.type}`)
      playing.set(
        playId,
        deps.sounds.play({ kind: kinds[kind], source: known, report: (told) => report(playId, told) }),
      )
    },
    stopAll: () => {
      const stopping = [...playing.values()]
      for (const sound of stopping) sound.stop()
      return stopping.length > 0
    },
  }
}
