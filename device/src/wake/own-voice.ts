import { createPcmFramer } from '@mynah/shared/audio/pcm-framer.ts'
import { createResampler } from '@mynah/shared/audio/resample.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { captureFrameSamples, captureSampleRateHz, playbackSampleRateHz } from '../audio/ports.ts'
import type { EchoStanding } from '../echo/echo-canceller.ts'
import type { WakeWordDetector } from './wake-word.ts'

/**
 * Listens for the wake word in what the loudspeaker is given to play. An echo canceller leaves enough of a loud reply that a word in
 * it wakes the speaker; a word that the speaker has said itself is no barge-in.
 */
export type OwnVoice = {
  /** The same `render`, overheard: 10 ms frames, 24 kHz mono. Costs nothing while they are silent. */
  readonly overhear: (render: () => Int16Array) => () => Int16Array
  /** Something of what it says or plays may be at the microphone. */
  readonly isSounding: () => boolean
  /**
   * Calls `accept` unless the word that the microphone heard was its own: at once while the loudspeaker is silent, else 80 ms later,
   * since the same word may fall into a later hop here than there. Nor when nothing was heard but the speaker itself.
   */
  readonly unlessSaidItself: (accept: () => void) => void
}

export type OwnVoiceDeps = {
  readonly clock: Clock
  readonly log: Log
  /** One of its own, that hears more readily than the one at the microphone: `ownVoiceRule`. */
  readonly detector: Pick<WakeWordDetector, 'hear' | 'reset'>
  /** Of the speaker's own echo canceller, where there is one. */
  readonly readEcho?: () => EchoStanding
}

const hopMs = 80
/** From the loudspeaker's queue through the room to the microphone's decision. */
const echoMs = 1_500
/** Silence behind a sound that still belongs to it: a word is decided up to half a second after its end. */
const tailFrames = 80
/** Behind by more than this it leaves frames out: playback never waits. */
const mostWaiting = 50

const isSilent = (frame: Int16Array): boolean => frame.every((sample) => sample === 0)

export const createOwnVoice = ({ clock, log, detector, readEcho }: OwnVoiceDeps): OwnVoice => {
  const resampler = createResampler({ fromHz: playbackSampleRateHz, toHz: captureSampleRateHz })
  const framer = createPcmFramer(captureFrameSamples)
  let silentFrames = tailFrames
  let waiting = 0
  let saidAtMs = Number.NEGATIVE_INFINITY

  const listen = async (frame: Int16Array) => {
    waiting++
    try {
      if (await detector.hear(frame)) saidAtMs = clock.now()
    } catch (error) {
      log.error('its own voice was not overheard', { error })
    } finally {
      waiting--
    }
  }
  const take = (frame: Int16Array) => {
    if (isSilent(frame)) {
      if (silentFrames >= tailFrames) return
      silentFrames++
    } else {
      if (silentFrames >= tailFrames) detector.reset()
      silentFrames = 0
    }
    for (const next of framer.push(resampler.push(frame))) if (waiting < mostWaiting) void listen(next)
  }
  const isSounding = () => silentFrames < tailFrames
  return {
    overhear: (render) => () => {
      const frame = render()
      take(frame)
      return frame
    },
    isSounding,
    unlessSaidItself: (accept) => {
      if (!isSounding()) return accept()
      const echo = readEcho?.()
      // What is left of an echo has little in common with what was played, and may be like the word.
      if (echo?.type === 'cancelling' && echo.onlyEcho) {
        return log.info('the wake word was in what is left of the echo', { attenuationDb: echo.attenuationDb })
      }
      clock.startTimer(hopMs, () => {
        if (clock.now() - saidAtMs >= echoMs) return accept()
        log.info('the wake word was in what the speaker itself said')
      })
    },
  }
}
