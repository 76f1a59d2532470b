import { Page } from '../design/page.tsx'
import { useText } from '../i18n/language.ts'
import { currentHome } from '../session/session.ts'
import { ScheduleCard } from './schedule.tsx'

export const Alarms = () => {
  const t = useText()
  return (
    <Page title={t.home.alarms.title} intro={t.home.alarms.summary}>
      <ScheduleCard homeId={currentHome.value?.home_id} />
    </Page>
  )
}
