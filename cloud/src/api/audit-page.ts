import type { Store } from '../store/open-store.ts'
import { done } from './action.ts'
import { readCursor, writeCursor } from './cursor.ts'

type AuditRequest = {
  readonly homeId: string | null
  readonly query: {
    readonly cursor?: string | undefined
    readonly limit?: number | undefined
    readonly action?: string | undefined
    readonly actor?: string | undefined
  }
}

const defaultLimit = 50

/** One page of the audit log, newest first. */
export const auditPage = (audit: Store['audit'], { homeId, query }: AuditRequest) => {
  const limit = query.limit ?? defaultLimit
  const [before] = readCursor(query.cursor, 1)
  const items = audit.page({
    homeId,
    limit: limit + 1,
    ...(before !== undefined && Number.isSafeInteger(Number(before)) && { before: Number(before) }),
    ...(query.action !== undefined && { action: query.action }),
    ...(query.actor !== undefined && { actor: query.actor }),
  })
  const page = items.slice(0, limit)
  const last = page.at(-1)
  return done({
    items: [...page],
    next_cursor: items.length > limit && last ? writeCursor(String(last.audit_id)) : null,
  })
}
