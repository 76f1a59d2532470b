import type { FirmwareTarget } from '@mynah/shared/firmware/manifest.ts'
import type { Log, LogLevel } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import type { Loudspeaker, Microphone } from '../audio/ports.ts'
import type { EchoStanding } from '../echo/echo-canceller.ts'
import type { SpeakerIdentity } from '../identity/identity.ts'
import type { MuteSwitch } from '../indicators/mute-switch.ts'
import type { NetworkDeps } from '../link/connect.ts'
import type { Status } from '../link/status.ts'
import type { BootClock } from '../local/boot-clock.ts'
import type { Understanding } from '../understanding/understanding.ts'
import type { VoiceActivityDetector } from '../vad/voice-activity.ts'
import type { OwnWordEars } from '../wake/own-word-ears.ts'
import type { ConfigurableWakeWord, WakeWordDetector } from '../wake/wake-word.ts'

/** Everything a speaker is made of; nothing is reached for behind its back. */
export type SpeakerDeps = {
  readonly clock: Clock
  readonly log: Log
  /** Uniform in [0, 1), for back-off. */
  readonly random: () => number
  readonly microphone: Microphone
  readonly loudspeaker: Loudspeaker
  /** Absent where nothing of its own stands between the two. */
  readonly readEcho?: () => EchoStanding
  /** With `configure` when its words can change while it runs. */
  readonly wakeWord: WakeWordDetector & Partial<Pick<ConfigurableWakeWord, 'configure'>>
  /** A second one for what the loudspeaker plays: with it, a wake word in a reply is no barge-in. */
  readonly ownVoice?: SpeakerDeps['wakeWord']
  readonly voiceActivity: VoiceActivityDetector
  /** Listens while a wake word is recorded from the panel; absent, none can be. */
  readonly openOwnWordEars?: () => Promise<OwnWordEars>
  /** What is understood without the cloud; absent, nothing is. */
  readonly understanding?: Understanding
  readonly identity: SpeakerIdentity
  /** Folder of its own for what survives a restart. */
  readonly storeDir: string
  readonly network: NetworkDeps
  readonly firmware: string
  /** Lets timers outlive a clock that is set while this program is restarted. */
  readonly boot?: BootClock
  /** What a release for this speaker must be made for. */
  readonly target?: FirmwareTarget
  /** Absent where the microphone has none. */
  readonly muteSwitch?: MuteSwitch
  /** The short sounds around listening; both on unless told. Errors always sound. */
  readonly cues?: { readonly wake?: boolean; readonly endOfListening?: boolean }
  /** Temperature, load and the like, for the status. */
  readonly readHealth?: () => Partial<Status>
  readonly system?: {
    readonly reboot?: () => void
    readonly setLogLevel?: (level: LogLevel) => void
    /** Without it offers of releases are not taken. Called with each offer, and with null when it ends. */
    readonly offerUpdate?: (offer: ToDeviceMessage<'update'>['offer']) => void
    readonly unclaim?: () => Promise<void>
    /** The broker does not take this speaker: its owner may have parted from it while it was away. Called at each attempt. */
    readonly refused?: () => void
    /** After the answer to `unclaim`. */
    readonly released?: () => void
  }
}
