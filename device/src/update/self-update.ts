import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { FirmwareTarget } from '@mynah/shared/firmware/manifest.ts'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { Loudspeaker, Microphone } from '../audio/ports.ts'
import { cloudAccessOf } from '../identity/cloud-access.ts'
import type { SpeakerIdentity } from '../identity/identity.ts'
import type { Speaker } from '../runtime/speaker.ts'
import { alarmMarginMs, type InstallerDeps, install } from './installer.ts'
import { createSlots } from './slots.ts'
import { runTrial } from './trial.ts'
import { createUpdater, type Updater } from './updater.ts'

export type SelfUpdateDeps = Pick<
  InstallerDeps,
  'clock' | 'log' | 'fetch' | 'root' | 'trustedKeys' | 'target' | 'version'
> & {
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
  readonly target: FirmwareTarget
  readonly readIdentity: () => Promise<SpeakerIdentity | undefined>
  /** Undefined while the speaker has no owner. */
  readonly speaker: () => Speaker | undefined
  /** Ends the program; the launcher starts what `current` names. */
  readonly restart: () => void
}

/** The speaker's own side of releases: installs what is offered, and watches over itself after it. */
export type SelfUpdate = {
  readonly offer: Updater['offer']
  /** The same microphone and loudspeaker; that they work is noticed on the way. */
  readonly watchMicrophone: (microphone: Microphone) => Microphone
  readonly watchLoudspeaker: (loudspeaker: Loudspeaker) => Loudspeaker
  readonly run: (signal: AbortSignal) => Promise<void>
}

export const createSelfUpdate = (deps: SelfUpdateDeps): SelfUpdate => {
  const { clock, log, restart } = deps
  const slots = createSlots(deps.root)
  let heard = false
  let played = false

  const isCloudReached = () => deps.speaker()?.isOnline() ?? false
  const updater = createUpdater({
    clock,
    log,
    random: deps.random,
    restart,
    onState: (state) => deps.speaker()?.reportUpdate(state),
    install: async (offer, signal) => {
      const identity = await deps.readIdentity()
      if (!identity) return { ok: false, error: { code: 'refused', message: 'the speaker has no owner' } }
      const { cloudUrl } = identity
      const onStep: InstallerDeps['onStep'] = (step, version) => {
        log.info('a release is being installed', { step, version })
        deps.speaker()?.reportUpdate({ code: step, message: version })
      }
      const freeBytes = async () => {
        const { bavail, bsize } = await statfs(deps.root)
        return bavail * bsize
      }
      const isQuiet = () => (deps.speaker()?.quietForMs() ?? alarmMarginMs) >= alarmMarginMs
      const { bearer } = cloudAccessOf(identity)
      return install({ ...deps, slots, cloudUrl, bearer, isCloudReached, freeBytes, isQuiet, onStep }, offer, signal)
    },
  })
  /** Half of what is not offered any more is only in the way, up to 512 MB of it. */
  const removeDownloads = async () => {
    try {
      await rm(join(deps.root, 'downloads'), { recursive: true, force: true })
    } catch (error) {
      log.warn('what was downloaded of a release cannot be removed', { error })
    }
  }
  return {
    offer: (offer) => {
      updater.offer(offer)
      if (!offer) void removeDownloads()
    },
    watchMicrophone: (microphone) => ({
      ...microphone,
      frames: async function* (signal) {
        for await (const frame of microphone.frames(signal)) {
          heard = true
          yield frame
        }
      },
    }),
    watchLoudspeaker: (loudspeaker) => ({
      ...loudspeaker,
      play: (render, signal) =>
        loudspeaker.play(() => {
          played = true
          return render()
        }, signal),
    }),
    run: async (signal) => {
      // The wake word was loaded before anything here began; a release in which it cannot be does not come this far.
      const health = () => ({ audio: heard && played, wakeWord: true, cloud: isCloudReached() })
      const onEnd = (outcome: 'confirmed' | 'rolled_back') => {
        deps.speaker()?.reportUpdate({ code: outcome, message: deps.version })
        if (outcome === 'rolled_back') restart()
      }
      const trial = async () => {
        try {
          await runTrial({ clock, log, slots, health, onEnd }, signal)
        } catch (error) {
          // A disk that cannot be read or written must not take the speaker with it.
          log.error('the trial of the release was not ended', { error })
        }
      }
      await Promise.all([trial(), updater.run(signal)])
    },
  }
}
