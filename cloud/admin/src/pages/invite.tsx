import type { ApiFailure } from '@mynah/shared/api/client.ts'
import { useState } from 'preact/hooks'
import { useLocation, useRoute } from 'preact-iso'
import { Button } from '../design/button.tsx'
import { Problem } from '../design/form.tsx'
import { ErrorState } from '../design/states.tsx'
import { tellDone } from '../design/toast.tsx'
import { language, useText } from '../i18n/language.ts'
import { useResource } from '../resource/resource.tsx'
import { codeOf, failureText } from '../session/failure-text.ts'
import { api, enter, me, setMe } from '../session/session.ts'
import { Entry } from '../shell/entry.tsx'
import { type NewPerson, NewPersonForm } from './new-person.tsx'

const JoinWithAccount = ({ token, homeName }: { readonly token: string; readonly homeName: string }) => {
  const t = useText()
  const { route } = useLocation()
  const [problem, setProblem] = useState<string>()
  const join = async () => {
    const joined = await api.call('joinByInvitation', { body: { token } })
    if (!joined.ok) {
      setProblem(failureText(t, joined.error))
      return
    }
    setMe(joined.value)
    tellDone(t.entry.inviteJoined(homeName))
    route('/', true)
  }
  return (
    <div class="stack">
      <Problem text={problem} />
      <Button kind="primary" wide onClick={() => void join()}>
        {t.entry.inviteJoin(me.value?.name ?? '')}
      </Button>
    </div>
  )
}

/** A link that leads nowhere any more; or nobody could tell whether it does. */
const NoInvitation = ({ failure, onRetry }: { readonly failure: ApiFailure; readonly onRetry: () => void }) => {
  const t = useText()
  if (codeOf(failure)?.startsWith('link_') !== true) {
    return (
      <Entry title="Mynah" intro={t.entry.tagline}>
        <ErrorState failure={failure} onRetry={onRetry} />
      </Entry>
    )
  }
  return (
    <Entry title={t.entry.inviteBadTitle} intro={t.entry.inviteBad(failureText(t, failure))}>
      <a class="button button-primary" href="/">
        {me.value ? t.entry.toSpeakers : t.entry.toLogin}
      </a>
    </Entry>
  )
}

/** `/invite/{token}`: make an account in a home, or join it with the one I have. */
export const Invite = () => {
  const t = useText()
  const { route } = useLocation()
  const token = useRoute().params.token ?? ''
  const invitation = useResource(token, (signal) => api.call('checkInvitation', { body: { token } }, { signal }))
  const { state } = invitation
  if (state.type === 'loading') return <Entry title="Mynah" intro={t.states.loading} />
  if (state.type === 'failed') return <NoInvitation failure={state.failure} onRetry={invitation.reload} />
  const create = async (person: NewPerson) => {
    const made = await api.call('acceptInvitation', { body: { ...person, token, language: language.value } })
    if (!made.ok) return failureText(t, made.error)
    enter(made.value)
    route('/', true)
    return undefined
  }
  const { home_name: homeName, role } = state.value
  return (
    <Entry title={t.entry.inviteTitle(homeName)} intro={t.entry.inviteIntro(t.roles[role])}>
      {me.value ? <JoinWithAccount token={token} homeName={homeName} /> : <NewPersonForm onCreate={create} />}
    </Entry>
  )
}
