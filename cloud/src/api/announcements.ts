import type { announcementEndpoints } from '@mynah/shared/api/announcements.ts'
import type { Language } from '@mynah/shared/wire/topics.ts'
import type { BrokerClient } from '../broker/broker-client.ts'
import type { OneTimeAudioStore } from '../gateway/one-time-audio.ts'
import type { Speaker, Speakers } from '../live/speakers.ts'
import { StageError } from '../providers/stages.ts'
import type { Store } from '../store/open-store.ts'
import { newRecordId } from '../store/secret-token.ts'
import { type Actions, done, type NamesOf, refused } from './action.ts'
import { prepareRecording } from './recorded-voice.ts'

export type AnnouncementDeps = {
  readonly store: Pick<Store, 'audit' | 'configs'>
  readonly speakers: Speakers
  readonly oneTimeAudio: Pick<OneTimeAudioStore, 'offer' | 'offerSound'>
  readonly broker: Pick<BrokerClient, 'publish'>
}

type Target =
  | { readonly type: 'all' }
  | { readonly type: 'room'; readonly room: string }
  | { readonly type: 'devices'; readonly device_ids: readonly string[] }

type Offer = (deviceId: string, speaker: Speaker) => Promise<string>
type Sent = { device_id: string; state: 'sent' | 'offline' | 'failed'; play_id: string | null; code: string | null }

/** Announcements to a fleet are made a few at a time: each holds a sound until it is fetched. */
const atOnce = 10

const recordingTarget = (query: { room?: string | undefined; device_ids?: string | undefined }): Target => {
  if (query.device_ids !== undefined) return { type: 'devices', device_ids: query.device_ids.split(',') }
  return query.room !== undefined ? { type: 'room', room: query.room } : { type: 'all' }
}

/** Speaking to speakers outside of a conversation: the sound is offered by a one-time address, the speaker fetches it. */
export const announcementActions = (deps: AnnouncementDeps): Actions<NamesOf<typeof announcementEndpoints>> => {
  const { store, speakers, oneTimeAudio, broker } = deps

  const isMeant = (target: Target, deviceId: string, { view }: Speaker): boolean => {
    if (target.type === 'devices') return target.device_ids.includes(deviceId)
    return target.type === 'all' || view.room?.toLowerCase() === target.room.toLowerCase()
  }
  const sendTo = async (deviceId: string, speaker: Speaker, offer: Offer): Promise<Sent> => {
    if (!speaker.view.online) return { device_id: deviceId, state: 'offline', play_id: null, code: null }
    try {
      const url = await offer(deviceId, speaker)
      const playId = newRecordId()
      broker.publish(deviceId, 'play', { v: 1, play_id: playId, source: { type: 'url', url }, kind: 'announcement' })
      return { device_id: deviceId, state: 'sent', play_id: playId, code: null }
    } catch (error) {
      if (!(error instanceof StageError)) throw error
      return { device_id: deviceId, state: 'failed', play_id: null, code: error.code }
    }
  }
  const announceTo = async (homeId: string, target: Target, actor: string, offer: Offer) => {
    const meant = speakers.idsIn([homeId]).flatMap((deviceId) => {
      const speaker = speakers.find(deviceId)
      return speaker && isMeant(target, deviceId, speaker) ? [{ deviceId, speaker }] : []
    })
    if (meant.length === 0) return refused('not_found', 'No speaker of this home is meant by this.')
    const results: Sent[] = []
    for (let from = 0; from < meant.length; from += atOnce) {
      const slice = meant.slice(from, from + atOnce)
      results.push(...(await Promise.all(slice.map(({ deviceId, speaker }) => sendTo(deviceId, speaker, offer)))))
    }
    const announcementId = newRecordId()
    const sent = results.filter(({ state }) => state === 'sent').length
    const detail = { to: target.type, speakers: results.length, sent }
    store.audit.add({ actor, action: 'announced', target: announcementId, homeId, detail })
    return done({ announcement_id: announcementId, results })
  }

  return {
    announce: ({ homeId, body, principal, signal }) =>
      announceTo(homeId, body.target, principal.actor, (deviceId, { view }) => {
        const language: Language = body.language ?? (/\p{Script=Han}/u.test(body.text) ? 'zh' : view.language)
        const voice = language === view.language ? store.configs.latest(deviceId)?.config.voice : undefined
        return oneTimeAudio.offer(
          { deviceId, homeId, text: body.text, language, ...(voice !== undefined && { voice }) },
          signal,
        )
      }),
    announceRecording: ({ homeId, query, body, principal }) => {
      const sound = prepareRecording(body)
      if (!sound.ok) return refused('bad_sound', sound.error)
      return announceTo(homeId, recordingTarget(query), principal.actor, async (deviceId) =>
        oneTimeAudio.offerSound(deviceId, sound.value),
      )
    },
  }
}
