import { LogOut } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { Card } from '../design/card.tsx'
import { ConfirmButton, Dialog } from '../design/dialog.tsx'
import { TextField } from '../design/field.tsx'
import { Form, useSubmit } from '../design/form.tsx'
import { Page } from '../design/page.tsx'
import { tellDone, tellFailed } from '../design/toast.tsx'
import { decimal } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { failureText, passwordFailureText } from '../session/failure-text.ts'
import { api, leave, me, session, setMe } from '../session/session.ts'
import { Preferences } from '../shell/preferences.tsx'
import { Logins } from './account/logins.tsx'
import { Tokens } from './account/tokens.tsx'
import { TotpCard } from './account/totp.tsx'

const NameForm = () => {
  const t = useText()
  const [name, setName] = useState(me.value?.name ?? '')
  const [isBusy, setBusy] = useState(false)
  const save = async () => {
    setBusy(true)
    const changed = await api.call('updateMe', { body: { name } })
    setBusy(false)
    if (changed.ok) {
      setMe(changed.value)
      tellDone(t.states.saved)
    } else tellFailed(failureText(t, changed.error))
  }
  return (
    <Form onSubmit={save}>
      <TextField label={t.account.name} required maxLength={100} autocomplete="name" value={name} onInput={setName} />
      <div>
        <Button type="submit" busy={isBusy}>
          {t.actions.save}
        </Button>
      </div>
    </Form>
  )
}

const PasswordForm = () => {
  const t = useText()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const { problem, isBusy, submit } = useSubmit(async () => {
    const changed = await api.call('changePassword', { body: { current_password: current, new_password: next } })
    if (!changed.ok) return passwordFailureText(t, changed.error)
    setCurrent('')
    setNext('')
    tellDone(t.account.passwordChanged)
    return undefined
  })
  return (
    <Form onSubmit={submit}>
      <TextField
        label={t.account.currentPassword}
        type="password"
        autocomplete="current-password"
        required
        value={current}
        onInput={setCurrent}
        error={problem}
      />
      <TextField
        label={t.account.newPassword}
        hint={t.entry.passwordHint}
        type="password"
        autocomplete="new-password"
        required
        minLength={10}
        maxLength={256}
        value={next}
        onInput={setNext}
      />
      <div>
        <Button type="submit" busy={isBusy}>
          {t.account.changePassword}
        </Button>
      </div>
    </Form>
  )
}

const DeleteAccount = () => {
  const t = useText()
  const [isOpen, setOpen] = useState(false)
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState<string>()
  const remove = async () => {
    const deleted = await api.call('deleteMe', { body: { password } })
    if (deleted.ok) session.value = { type: 'signed_out' }
    else setProblem(passwordFailureText(t, deleted.error))
  }
  return (
    <>
      <Button kind="danger" onClick={() => setOpen(true)}>
        {t.account.delete}
      </Button>
      {isOpen && (
        <Dialog title={t.account.deleteTitle} onClose={() => setOpen(false)}>
          <Form onSubmit={remove}>
            <p class="soft">{t.account.deleteText}</p>
            <TextField
              label={t.account.confirmPassword}
              type="password"
              autocomplete="current-password"
              required
              value={password}
              onInput={setPassword}
              error={problem}
            />
            <div class="dialog-actions">
              <Button onClick={() => setOpen(false)}>{t.actions.cancel}</Button>
              <Button kind="danger-solid" type="submit">
                {t.account.delete}
              </Button>
            </div>
          </Form>
        </Dialog>
      )}
    </>
  )
}

const DeleteMine = () => {
  const t = useText()
  const remove = async () => {
    const deleted = await api.call('deleteMyTurns', {})
    if (deleted.ok) tellDone(t.account.deletedMine(decimal(deleted.value.deleted)))
    else tellFailed(failureText(t, deleted.error))
  }
  return (
    <Card title={t.account.mine}>
      <div class="stack">
        <p class="soft">{t.account.mineText}</p>
        <div>
          <ConfirmButton
            label={t.account.deleteMine}
            title={t.account.deleteMineTitle}
            text={t.account.mineText}
            onConfirm={remove}
          />
        </div>
      </div>
    </Card>
  )
}

/** Who I am, how I sign in, what scripts may do in my name. */
export const Account = () => {
  const t = useText()
  return (
    <Page
      title={t.account.title}
      intro={t.account.loginIs(me.value?.login ?? '')}
      actions={
        <Button icon={LogOut} onClick={() => void leave()}>
          {t.actions.logOut}
        </Button>
      }
    >
      <div class="columns">
        <div class="stack">
          <Card title={t.account.preferences}>
            <div class="row">
              <Preferences />
            </div>
          </Card>
          <Card title={t.account.you}>
            <NameForm />
          </Card>
          <Card title={t.account.password}>
            <PasswordForm />
          </Card>
          <TotpCard />
        </div>
        <div class="stack">
          <Logins />
          <Tokens />
          <DeleteMine />
          <Card title={t.account.delete}>
            <div class="stack">
              <p class="soft">{t.account.deleteText}</p>
              <div>
                <DeleteAccount />
              </div>
            </div>
          </Card>
        </div>
      </div>
    </Page>
  )
}
