import type { LoginView } from '@mynah/shared/api/people.ts'
import { Button } from '../../design/button.tsx'
import { Badge, Card } from '../../design/card.tsx'
import { ConfirmButton } from '../../design/dialog.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import type { Dictionary } from '../../i18n/en/en.ts'
import { relativeTime } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Loaded, useResource } from '../../resource/resource.tsx'
import { failureText } from '../../session/failure-text.ts'
import { api, session } from '../../session/session.ts'

const firstOf = (text: string, names: readonly (readonly [RegExp, string])[]): string | undefined =>
  names.find(([pattern]) => pattern.test(text))?.[1]

/** Enough of a user agent to know one's own phone from one's own laptop. */
const agentName = (t: Dictionary, userAgent: string): string => {
  const browser = firstOf(userAgent, [
    [/Edg\//, 'Edge'],
    [/Firefox\//, 'Firefox'],
    [/Chrome\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ])
  const platform = firstOf(userAgent, [
    [/iPhone|iPad/, 'iOS'],
    [/Android/, 'Android'],
    [/Mac OS X/, 'macOS'],
    [/Windows/, 'Windows'],
    [/Linux/, 'Linux'],
  ])
  return browser && platform ? t.account.browserOn(browser, platform) : userAgent
}

const LoginRow = ({ login, onEnded }: { readonly login: LoginView; readonly onEnded: () => void }) => {
  const t = useText()
  const name = agentName(t, login.user_agent)
  const end = async () => {
    const ended = await api.call('endLogin', { params: { login_id: login.login_id } })
    if (ended.ok) tellDone(t.account.ended)
    else tellFailed(failureText(t, ended.error))
    onEnded()
  }
  return (
    <li class="list-row">
      <span class="grow">
        {name}
        <span class="soft small">
          <br />
          {t.account.lastUsed(relativeTime(login.last_used_at))}
        </span>
      </span>
      {login.is_current ? (
        <Badge tone="accent">{t.account.current}</Badge>
      ) : (
        <Button kind="quiet" aria-label={t.account.endOf(name)} onClick={() => void end()}>
          {t.account.end}
        </Button>
      )}
    </li>
  )
}

const LogOutEverywhere = () => {
  const t = useText()
  const end = async () => {
    const ended = await api.call('logOutEverywhere', {})
    if (ended.ok) session.value = { type: 'signed_out' }
    else tellFailed(failureText(t, ended.error))
  }
  return (
    <ConfirmButton
      label={t.account.everywhere}
      title={t.account.everywhereTitle}
      text={t.account.everywhereText}
      onConfirm={end}
    />
  )
}

/** Where I am signed in, and ending it. */
export const Logins = () => {
  const t = useText()
  const logins = useResource('logins', (signal) => api.call('listLogins', {}, { signal }))
  return (
    <Card title={t.account.logins} flush>
      <Loaded resource={logins}>
        {({ items }) => (
          <ul class="list">
            {items.map((login) => (
              <LoginRow key={login.login_id} login={login} onEnded={logins.reload} />
            ))}
          </ul>
        )}
      </Loaded>
      <div class="card-body">
        <LogOutEverywhere />
      </div>
    </Card>
  )
}
