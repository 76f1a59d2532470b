import type { HomeRetentionView } from '@mynah/shared/api/turns.ts'
import { Card } from '../../design/card.tsx'
import { CheckField, SelectField } from '../../design/field.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { useText } from '../../i18n/language.ts'
import { useOptimistic } from '../../resource/optimistic.ts'
import { Loaded, type Resource, useResource } from '../../resource/resource.tsx'
import { failureText } from '../../session/failure-text.ts'
import { api } from '../../session/session.ts'
import { chosenDays, retentionChoices } from '../retention-choices.ts'

type KeepingProps = {
  readonly homeId: string
  readonly retention: HomeRetentionView
  readonly resource: Resource<HomeRetentionView>
}

const KeepingFields = ({ homeId, retention, resource }: KeepingProps) => {
  const t = useText()
  const kept = useOptimistic<HomeRetentionView>(
    retention,
    async (wish) => {
      const stored = await api.call('setHomeRetention', { params: { home_id: homeId }, body: wish })
      if (stored.ok) {
        resource.set(stored.value)
        tellDone(t.states.saved)
      }
      return stored
    },
    (failure) => tellFailed(t.speakers.rolledBack(t.home.keeping.title, failureText(t, failure))),
  )
  const { keep_days: days, keep_sound: sound } = kept.value
  return (
    <div class="stack">
      <p class="soft">{t.home.keeping.homeHint}</p>
      <SelectField
        label={t.home.keeping.days}
        value={String(days)}
        choices={retentionChoices(t, days, t.speakers.keepForever)}
        onChange={(choice) => kept.set({ keep_days: chosenDays(choice), keep_sound: sound })}
      />
      <div class="stack-tight">
        <CheckField
          label={t.home.keeping.sound}
          checked={sound}
          onChange={(keepSound) => kept.set({ keep_days: days, keep_sound: keepSound })}
        />
        <p class="field-hint">{t.home.keeping.soundHint}</p>
      </div>
    </div>
  )
}

/** What a home keeps of its conversations, for its admins. */
export const KeepingCard = ({ homeId }: { readonly homeId: string }) => {
  const t = useText()
  const resource = useResource(`retention ${homeId}`, (signal) =>
    api.call('getHomeRetention', { params: { home_id: homeId } }, { signal }),
  )
  return (
    <Card title={t.home.keeping.title}>
      <Loaded resource={resource}>
        {(retention) => <KeepingFields homeId={homeId} retention={retention} resource={resource} />}
      </Loaded>
    </Card>
  )
}
