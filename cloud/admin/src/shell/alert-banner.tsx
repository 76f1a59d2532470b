import { CircleAlert } from 'lucide-preact'
import { useText } from '../i18n/language.ts'
import { providerAlerts } from '../live/alerts.ts'
import { faultText } from '../pages/detail-text.ts'
import { chooseHome, may, me } from '../session/session.ts'

/** Engines that fail, on every page: whoever speaks to a speaker hears an apology until somebody does something about it. */
export const AlertBanner = () => {
  const t = useText()
  const homes = me.value?.homes ?? []
  const nameOf = (homeId: string) => homes.find(({ home_id }) => home_id === homeId)?.name ?? homeId
  return (
    <div role="status" aria-live="polite">
      {providerAlerts.value.map(({ home_id: homeId, stage, code }) => (
        <div key={`${homeId} ${stage}`} class="banner">
          <CircleAlert class="banner-icon" size={17} aria-hidden="true" />
          <span>
            {homes.length > 1 && <strong>{`${nameOf(homeId)} · `}</strong>}
            {t.alerts.providerFailed(t.codes.stages[stage] ?? stage, faultText(t, { code }))}{' '}
            {may(homeId, 'admin') ? (
              <a href="/ai" onClick={() => chooseHome(homeId)}>
                {t.nav.ai}
              </a>
            ) : (
              t.alerts.askAdmin
            )}
          </span>
        </div>
      ))}
    </div>
  )
}
