import { useState } from 'preact/hooks'
import { useLocation, useRoute } from 'preact-iso'
import { TextField } from '../design/field.tsx'
import { language, useText } from '../i18n/language.ts'
import { Loaded, useResource } from '../resource/resource.tsx'
import { failureText } from '../session/failure-text.ts'
import { api, enter } from '../session/session.ts'
import { Entry } from '../shell/entry.tsx'
import { browserTimeZone } from '../time/browser-time-zone.ts'
import { type NewPerson, NewPersonForm } from './new-person.tsx'

const SetupForm = ({ token }: { readonly token: string }) => {
  const t = useText()
  const { route } = useLocation()
  const [homeName, setHomeName] = useState('')
  const [timeZone, setTimeZone] = useState(browserTimeZone)
  const create = async (person: NewPerson) => {
    const made = await api.call('setUp', {
      body: {
        ...person,
        token,
        language: language.value,
        home_name: homeName.trim() === '' ? t.entry.homeNameExample : homeName,
        ...(timeZone === '' ? {} : { time_zone: timeZone }),
      },
    })
    if (!made.ok) return failureText(t, made.error)
    enter(made.value)
    route('/', true)
    return undefined
  }
  return (
    <NewPersonForm onCreate={create}>
      <TextField
        label={t.entry.homeName}
        placeholder={t.entry.homeNameExample}
        maxLength={100}
        value={homeName}
        onInput={setHomeName}
      />
      <TextField label={t.entry.timeZone} maxLength={64} value={timeZone} onInput={setTimeZone} />
    </NewPersonForm>
  )
}

/** `/setup/{token}`: the link that the cloud prints until somebody has an account. */
export const Setup = () => {
  const t = useText()
  const token = useRoute().params.token ?? ''
  const check = useResource(token, (signal) => api.call('checkSetupLink', { body: { token } }, { signal }))
  const isExpired = check.state.type === 'ready' && check.state.value.state === 'expired'
  const isBad = check.state.type === 'ready' && check.state.value.state !== 'open'
  const title = isExpired ? t.entry.linkExpiredTitle : isBad ? t.entry.linkUnknownTitle : t.entry.setupTitle
  return (
    <Entry title={title} intro={isBad ? t.entry.tagline : t.entry.setupIntro}>
      <Loaded resource={check}>
        {({ state }) =>
          state === 'open' ? (
            <SetupForm token={token} />
          ) : (
            <>
              <p>{state === 'expired' ? t.entry.linkExpired : t.entry.linkUnknown}</p>
              <a class="button button-primary" href="/">
                {t.entry.toLogin}
              </a>
            </>
          )
        }
      </Loaded>
    </Entry>
  )
}
