import { deriveSessionKeys, streamIdHex } from '@mynah/shared/wire/session-keys.ts'
import type { FromDeviceMessage, Language } from '@mynah/shared/wire/topics.ts'
import type { OpenStream } from '../audio-plane.ts'
import { checkedWakeOf } from './checked-wake.ts'
import type { SessionLimits } from './limits.ts'
import type { KnownDevice, TurnChoice } from './ports.ts'
import type { NewTurn } from './step.ts'

export type Wake = FromDeviceMessage<'wake'>

/** A wake that may begin a session, and what has been chosen for it. */
export type Opening = {
  readonly device: KnownDevice
  readonly wake: Wake
  readonly language: Language
  readonly conversationId: string
  readonly choice: TurnChoice
}

/** What every speaker gets its replies as. */
export const downlink = { sample_rate_hz: 24_000, frame_ms: 20, lead_ms: 200 } as const

/** The persona's voice, else the speaker's: a voice belongs to the language for which it was chosen. */
const voiceIn = (language: Language, device: KnownDevice, { persona }: TurnChoice): { readonly voice?: string } => {
  const { voice, language: own = device.language } = persona ?? {}
  if (voice !== undefined && own === language) return { voice }
  return device.voice !== undefined && device.language === language ? { voice: device.voice } : {}
}

/** What the session machine begins with. Pure. */
export const newTurnOf = ({ device, wake, language, choice }: Opening, limits: SessionLimits): NewTurn => ({
  sessionId: wake.session_id,
  deviceId: device.deviceId,
  language,
  trigger: wake.trigger,
  followUpMs: device.followUpMs,
  limits,
  ...voiceIn(language, device, choice),
  ...(wake.trigger === 'text' && wake.text !== undefined ? { typedText: wake.text } : {}),
})

/** What the audio plane is to open: keys that both sides derive, and what is listened for. Pure. */
export const streamOf = (
  { device, wake, language, choice }: Opening,
  jsgfFor: (language: Language) => string,
): OpenStream => {
  const keys = deriveSessionKeys(device.secret, wake.session_id)
  const spoken = wake.trigger !== 'text'
  return {
    sessionId: wake.session_id,
    deviceId: device.deviceId,
    streamId: streamIdHex(keys.streamId),
    upKey: keys.uplinkKey,
    downKey: keys.downlinkKey,
    language,
    downlinkSampleRateHz: downlink.sample_rate_hz,
    listens: spoken,
    ...checkedWakeOf(wake, language),
    ...(spoken ? { jsgf: jsgfFor(language) } : {}),
    ...(choice.speech ? { speech: choice.speech } : {}),
    ...(choice.keepsSound ? { keepsSound: true } : {}),
  }
}
