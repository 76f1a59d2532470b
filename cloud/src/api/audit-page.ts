import type { Store } from '../store/open-store.ts'
import { done } from './action.ts'
import { type PageRequest, pageOf } from './cursor.ts'

type AuditRequest = {
  readonly homeId: string | null
  readonly query: PageRequest & { readonly action?: string | undefined; readonly actor?: string | undefined }
}

/** One page of the audit log, newest first. */
export const auditPage = (audit: Store['audit'], { homeId, query }: AuditRequest) => {
  const filter = {
    homeId,
    ...(query.action !== undefined && { action: query.action }),
    ...(query.actor !== undefined && { actor: query.actor }),
  }
  return done(
    pageOf(
      query,
      (range) => audit.page({ ...filter, ...range }),
      ({ audit_id }) => audit_id,
    ),
  )
}
