import { instant } from '@mynah/shared/time/instant.ts'
import type { Principal } from '../auth/principals.ts'
import type { AlertStore, KeptAlert } from '../store/alert-store.ts'
import { type Actions, done, notFound } from './action.ts'
import { pageOf } from './cursor.ts'

const viewOf = ({ alertId, homeId, deviceId, kind, severity, detail, at, endedAt }: KeptAlert) => ({
  alert_id: alertId,
  home_id: homeId,
  device_id: deviceId,
  kind,
  severity,
  detail,
  at,
  ended_at: endedAt,
})

/** What concerns the cloud itself is for who runs it, by a token that may read of it. */
const seesCloud = ({ isSystemAdmin, via }: Principal): boolean =>
  isSystemAdmin && (via.type === 'login' || via.scopes.has('system:read'))

/** Texts are compared in the store: all of them in the one form in which it writes them. */
const inUtc = (iso: string) => instant(iso).toISOString()

/** What went wrong, of the caller's homes. */
export const alertHistoryActions = (alerts: Pick<AlertStore, 'page'>): Actions<'listAlertHistory'> => ({
  listAlertHistory: ({ homeIds, principal, query }) => {
    const { home_id: wanted, since, until, kind } = query
    if (wanted !== undefined && !homeIds.includes(wanted)) return notFound()
    const filter = {
      homeIds: wanted === undefined ? homeIds : [wanted],
      withCloud: seesCloud(principal),
      ...(since !== undefined && { since: inUtc(since) }),
      ...(until !== undefined && { until: inUtc(until) }),
      ...(kind !== undefined && { kind }),
    }
    const page = pageOf(
      query,
      (range) => alerts.page({ ...filter, ...range }),
      ({ alertId }) => alertId,
    )
    return done({ ...page, items: page.items.map(viewOf) })
  },
})
