import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import type { SpeakerIdentity } from './identity.ts'

/** What a speaker shows to its cloud instead of its secret, and where its sound goes when UDP does not pass. */
export type CloudAccess = {
  readonly mqttPassword: string
  /** `device_id:mqtt_password`, for HTTP. */
  readonly bearer: string
  /** `ws://host:port/audio/ws`. */
  readonly tunnelUrl: string
}

export const cloudAccessOf = ({
  deviceId,
  deviceSecret,
  cloudUrl,
}: Pick<SpeakerIdentity, 'deviceId' | 'deviceSecret' | 'cloudUrl'>): CloudAccess => {
  const mqttPassword = mqttPasswordOf(deviceSecret)
  const tunnelUrl = new URL('/audio/ws', cloudUrl)
  tunnelUrl.protocol = tunnelUrl.protocol === 'https:' ? 'wss:' : 'ws:'
  return { mqttPassword, bearer: `${deviceId}:${mqttPassword}`, tunnelUrl: tunnelUrl.href }
}
