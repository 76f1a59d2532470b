import type { ProviderHealthView } from '@mynah/shared/api/system.ts'
import { Badge } from '../../design/card.tsx'
import { relativeTime } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { me } from '../../session/session.ts'
import { faultText } from '../detail-text.ts'

type Text = ReturnType<typeof useText>

const storyOf = (t: Text, { answers, last_turn: last }: ProviderHealthView): string => {
  const told = t.system.providers
  const turn = last && (last.ok ? told.worked : told.failed(faultText(t, { code: last.code ?? 'failed' })))
  return [
    answers === false && told.silent,
    turn && `${turn} · ${relativeTime(last?.at ?? '')}`,
    answers !== false && !last && told.unused,
  ]
    .filter(Boolean)
    .join(' · ')
}

/** The engines that homes have chosen for themselves, and what came of using them. */
export const Providers = ({ providers }: { readonly providers: readonly ProviderHealthView[] }) => {
  const t = useText()
  if (providers.length === 0) return null
  const homeName = (homeId: string) => me.value?.homes.find(({ home_id }) => home_id === homeId)?.name ?? homeId
  return (
    <>
      <h3 class="card-body">{t.system.providers.title}</h3>
      <ul class="list">
        {providers.map((provider) => (
          <li key={`${provider.home_id} ${provider.stage}`} class="list-row">
            <span class="grow">
              {`${homeName(provider.home_id)}: ${t.home.ai[provider.stage]}`}
              <span class="soft small">
                <br />
                {storyOf(t, provider)}
              </span>
            </span>
            <Badge tone={provider.ready ? 'good' : 'bad'}>
              {provider.ready ? t.system.ready : t.system.providers.failing}
            </Badge>
          </li>
        ))}
      </ul>
    </>
  )
}
