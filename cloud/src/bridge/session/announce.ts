import { randomUUID } from 'node:crypto'
import { ok, type Result, refuse } from '@mynah/shared/result.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import { StageError } from '../../providers/stages.ts'
import type { ControlChannel, DeviceDirectory, OneTimeAudio } from './ports.ts'

export type Announcement = {
  readonly deviceId: string
  readonly text: string
  readonly language: Language
  readonly voice?: string
}

/** The result names the play. */
export type Announce = (
  announcement: Announcement,
  signal: AbortSignal,
) => Promise<Result<{ readonly playId: string }, { readonly code: string }>>

export type AnnounceDeps = {
  readonly channel: ControlChannel
  readonly devices: DeviceDirectory
  readonly oneTimeAudio: OneTimeAudio
}

/** Has a speaker fetch something that is said outside of every session. */
export const createAnnounce =
  ({ channel, devices, oneTimeAudio }: AnnounceDeps): Announce =>
  async ({ deviceId, text, language, voice }, signal) => {
    const homeId = devices.find(deviceId)?.homeId
    const offer = {
      deviceId,
      ...(homeId !== undefined ? { homeId } : {}),
      text,
      language,
      ...(voice !== undefined ? { voice } : {}),
    }
    try {
      const url = await oneTimeAudio.offer(offer, signal)
      const playId = randomUUID()
      channel.publish(deviceId, 'play', { v: 1, play_id: playId, source: { type: 'url', url }, kind: 'announcement' })
      return ok({ playId })
    } catch (error) {
      if (error instanceof StageError) return refuse({ code: error.code })
      throw error
    }
  }
