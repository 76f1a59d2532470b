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
import { turnDetailOf, turnViewOf } from './turn-view.ts'

export type TurnsDeps = { readonly clock: Clock; readonly stores: ApiStores; readonly audit: Store['audit'] }

const defaultLimit = 50
/** One page holds what was said: it is opened for the reply. */
const maxLimit = 200

type Filters = Call<'exportTurns'>['query']

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
export const turnActions = ({ clock, stores, audit }: TurnsDeps): Actions<NamesOf<typeof turnEndpoints>> => {
  const { archive } = stores
  const detail = (sessionId: string) => {
    const turn = archive.find(sessionId)
    return turn ? done(turnDetailOf(archive, turn, createOwnerOf(stores.homes))) : notFound()
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
    exportTurns: ({ homeIds, query, principal, signal }) => {
      const filter = filterOf(homeIds, query)
      if (!filter) return notFound()
      for (const homeId of filter.homeIds) {
        const target = query.device_id ?? homeId
        audit.add({ actor: principal.actor, action: 'turns_exported', target, homeId })
      }
      const exportedAt = clock.wallTime().toISOString()
      return {
        type: 'file',
        bytes: exportTurns({ archive, clock, ownerOf: createOwnerOf(stores.homes) }, filter, exportedAt, signal),
        contentType: 'application/json; charset=utf-8',
        fileName: `mynah-conversations-${exportedAt.slice(0, 10)}.json`,
      }
    },
    getTurn: ({ params }) => detail(params.session_id),
    deleteTurn: ({ params, homeId, principal }) => {
      archive.remove({ sessionId: params.session_id })
      audit.add({
        actor: principal.actor,
        action: 'turns_deleted',
        target: params.session_id,
        homeId,
        detail: { count: 1 },
      })
      return done(undefined)
    },
    setTurnFeedback: ({ params, body }) => {
      const { verdict, note } = body
      archive.setFeedback(params.session_id, verdict === 'none' ? undefined : { verdict, note: note || null })
      return detail(params.session_id)
    },
    deleteDeviceTurns: ({ params, homeId, principal }) => {
      // Turns that the speaker had in another home belong to that home.
      const deleted = archive.remove({ deviceId: params.device_id, homeId })
      const entry = { actor: principal.actor, action: 'turns_deleted', target: params.device_id, homeId } as const
      audit.add({ ...entry, detail: { count: deleted } })
      return done({ deleted })
    },
    deleteHomeTurns: ({ homeId, principal }) => {
      const deleted = archive.remove({ homeId })
      audit.add({ actor: principal.actor, action: 'turns_deleted', target: homeId, homeId, detail: { count: deleted } })
      return done({ deleted })
    },
    setRetention: ({ params, body, homeId, principal }) => {
      archive.setRetention(params.device_id, body.keep_days)
      const detail = { keep_days: body.keep_days ?? 'for ever' }
      audit.add({ actor: principal.actor, action: 'retention_changed', target: params.device_id, homeId, detail })
      return done({ keep_days: body.keep_days })
    },
  }
}
