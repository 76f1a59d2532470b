import type { turnEndpoints } from '@mynah/shared/api/turns.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import type { ApiStores } from '../../store/api-stores.ts'
import type { Store } from '../../store/open-store.ts'
import type { TurnFilter } from '../../store/turn-archive.ts'
import { type Actions, type Call, done, type NamesOf, notFound } from '../action.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { createOwnerOf } from './browser-owner.ts'
import { exportTurns } from './export-turns.ts'
import { findTurns } from './search.ts'
import { soundWav } from './sound-wav.ts'
import { turnDetailOf, turnViewOf } from './turn-view.ts'

export type TurnsDeps = {
  readonly clock: Clock
  readonly stores: ApiStores
  readonly store: Pick<Store, 'audit' | 'sounds' | 'retention'>
}

const defaultLimit = 50
/** One page holds what was said: it is opened for the reply. */
const maxLimit = 200

type ExportCall = Pick<Call<'exportTurns'>, 'homeIds' | 'query' | 'principal' | 'signal'>
type ExportMore = { readonly sounds?: Pick<Store['sounds'], 'read'> }
type Filters = ExportCall['query']

const oneChunk = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      controller.enqueue(bytes)
      controller.close()
    },
  })

/** The filter of a request; undefined when it asks for a home that is not the caller's. */
const filterOf = (homeIds: readonly string[], query: Filters): TurnFilter | undefined => {
  const { home_id, device_id, from, to, language, outcome, answered_by, feedback } = query
  if (home_id !== undefined && !homeIds.includes(home_id)) return undefined
  return {
    homeIds: home_id === undefined ? homeIds : [home_id],
    ...(device_id !== undefined && { deviceId: device_id }),
    // Stored instants are UTC with milliseconds: only in that form do they order as text.
    ...(from !== undefined && { from: instant(from).toISOString() }),
    ...(to !== undefined && { to: instant(to).toISOString() }),
    ...(language !== undefined && { language }),
    ...(outcome !== undefined && { outcome }),
    ...(answered_by !== undefined && { answeredBy: answered_by }),
    ...(feedback !== undefined && { feedback }),
  }
}

/** Conversations: read, search, judge, export, really delete. */
export const turnActions = ({ clock, stores, store }: TurnsDeps): Actions<NamesOf<typeof turnEndpoints>> => {
  const { archive } = stores
  const { audit, sounds, retention } = store
  const detail = (sessionId: string) => {
    const turn = archive.find(sessionId)
    return turn ? done(turnDetailOf(archive, turn, createOwnerOf(stores.homes))) : notFound()
  }
  const soundOf = (sessionId: string, part: 'heard' | 'spoken') => {
    const wav = soundWav(sounds, sessionId, part)
    if (!wav) return notFound()
    const fileName = `mynah-${sessionId}-${part}.wav`
    return { type: 'file', bytes: oneChunk(wav), contentType: 'audio/wav', fileName } as const
  }
  const exported = (
    { homeIds, query, principal, signal }: ExportCall,
    action: 'turns_exported' | 'sounds_exported',
    more: ExportMore,
  ) => {
    const filter = filterOf(homeIds, query)
    if (!filter) return notFound()
    for (const homeId of filter.homeIds) {
      audit.add({ actor: principal.actor, action, target: query.device_id ?? homeId, homeId })
    }
    const exportedAt = clock.wallTime().toISOString()
    const ownerOf = createOwnerOf(stores.homes)
    return {
      type: 'file',
      bytes: exportTurns({ archive, clock, ownerOf, ...more }, filter, exportedAt, signal),
      contentType: 'application/json; charset=utf-8',
      fileName: `mynah-conversations-${exportedAt.slice(0, 10)}.json`,
    } as const
  }
  return {
    listTurns: async ({ homeIds, query, signal }) => {
      const filter = filterOf(homeIds, query)
      if (!filter) return notFound()
      const [startedAt, sessionId] = readCursor(query.cursor, 2)
      const after = startedAt !== undefined && sessionId !== undefined ? { startedAt, sessionId } : undefined
      const limit = Math.min(maxLimit, query.limit ?? defaultLimit)
      const found = await findTurns({ archive, clock }, { filter, after, limit, query: query.q }, signal)
      const ownerOf = createOwnerOf(stores.homes)
      return done({
        items: found.turns.map((turn) => turnViewOf(turn, ownerOf)),
        next_cursor: found.next ? writeCursor(found.next.startedAt, found.next.sessionId) : null,
        searched_all: found.searchedAll,
      })
    },
    exportTurns: (call) => exported(call, 'turns_exported', {}),
    exportTurnsWithSound: (call) => exported(call, 'sounds_exported', { sounds }),
    getHeardSound: ({ params }) => soundOf(params.session_id, 'heard'),
    getSpokenSound: ({ params }) => soundOf(params.session_id, 'spoken'),
    deleteTurnSound: async ({ params, homeId, principal }) => {
      await sounds.remove(params.session_id)
      audit.add({ actor: principal.actor, action: 'sound_deleted', target: params.session_id, homeId })
      return done(undefined)
    },
    getTurn: ({ params }) => detail(params.session_id),
    deleteTurn: async ({ params, homeId, principal }) => {
      await archive.remove({ sessionId: params.session_id })
      audit.add({
        actor: principal.actor,
        action: 'turns_deleted',
        target: params.session_id,
        homeId,
        detail: { count: 1 },
      })
      return done(undefined)
    },
    setTurnFeedback: ({ params, body, homeId, principal }) => {
      const { verdict, note } = body
      archive.setFeedback(params.session_id, verdict === 'none' ? undefined : { verdict, note: note || null })
      const entry = { actor: principal.actor, action: 'turn_judged', target: params.session_id, homeId } as const
      audit.add({ ...entry, detail: { verdict } })
      return detail(params.session_id)
    },
    deleteDeviceTurns: async ({ params, homeId, principal }) => {
      // Turns that the speaker had in another home belong to that home.
      const deleted = await archive.remove({ deviceId: params.device_id, homeId })
      const entry = { actor: principal.actor, action: 'turns_deleted', target: params.device_id, homeId } as const
      audit.add({ ...entry, detail: { count: deleted } })
      return done({ deleted })
    },
    deleteHomeTurns: async ({ homeId, principal }) => {
      const deleted = await archive.remove({ homeId })
      audit.add({ actor: principal.actor, action: 'turns_deleted', target: homeId, homeId, detail: { count: deleted } })
      return done({ deleted })
    },
    setRetention: ({ params, body, homeId, principal }) => {
      const device = { deviceId: params.device_id, homeId }
      const { keep_days: keepDays, keep_sound: keepSound = retention.ofDevice(device).keepSound } = body
      retention.setDevice(device, { keepDays, keepSound })
      const detail = { keep_days: keepDays ?? 'home', keep_sound: keepSound ?? 'home' }
      audit.add({ actor: principal.actor, action: 'retention_changed', target: params.device_id, homeId, detail })
      return done({ keep_days: keepDays, keep_sound: keepSound })
    },
    getHomeRetention: ({ homeId }) => {
      const { keepDays, keepSound } = retention.ofHome(homeId)
      return done({ keep_days: keepDays, keep_sound: keepSound })
    },
    setHomeRetention: ({ homeId, body, principal }) => {
      retention.setHome(homeId, { keepDays: body.keep_days, keepSound: body.keep_sound })
      const detail = { keep_days: body.keep_days ?? 'for ever', keep_sound: body.keep_sound }
      audit.add({ actor: principal.actor, action: 'retention_changed', target: homeId, homeId, detail })
      return done(body)
    },
  }
}
