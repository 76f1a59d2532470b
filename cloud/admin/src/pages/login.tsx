import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { TextField } from '../design/field.tsx'
import { Form, Problem } from '../design/form.tsx'
import { useText } from '../i18n/language.ts'
import { codeOf, failureText } from '../session/failure-text.ts'
import { api, enter } from '../session/session.ts'
import { Entry } from '../shell/entry.tsx'

const LoginForm = ({ before }: { readonly before?: string }) => {
  const t = useText()
  const [login, setLogin] = useState(before ?? '')
  const [password, setPassword] = useState('')
  const [totp, setTotp] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const [needsSetup, setNeedsSetup] = useState(false)

  useEffect(() => {
    void api.call('getSetup', {}).then((setup) => setNeedsSetup(setup.ok && setup.value.needed))
  }, [])

  const logIn = async () => {
    setBusy(true)
    setProblem(undefined)
    const code = totp?.trim().toLowerCase()
    const entered = await api.call('logIn', { body: { login, password, ...(code ? { totp: code } : {}) } })
    setBusy(false)
    if (entered.ok) {
      enter(entered.value)
      return
    }
    if (codeOf(entered.error) === 'totp_required' && totp === undefined) setTotp('')
    else setProblem(failureText(t, entered.error))
  }

  if (needsSetup) {
    return (
      <Entry title={t.entry.setupTitle} intro={t.entry.tagline}>
        <p>{t.entry.needsSetup}</p>
      </Entry>
    )
  }
  return (
    <Entry title={t.entry.loginTitle} intro={before === undefined ? t.entry.tagline : t.entry.loginOver}>
      <Form onSubmit={logIn}>
        <TextField
          label={t.entry.login}
          name="login"
          autocomplete="username"
          required
          value={login}
          onInput={setLogin}
        />
        <TextField
          label={t.entry.password}
          name="password"
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onInput={setPassword}
        />
        {totp !== undefined && (
          <TextField
            label={t.entry.totp}
            hint={t.entry.totpHint}
            name="totp"
            autocomplete="one-time-code"
            required
            value={totp}
            onInput={setTotp}
          />
        )}
        <Problem text={problem} />
        <Button kind="primary" type="submit" wide busy={isBusy}>
          {t.entry.logIn}
        </Button>
      </Form>
    </Entry>
  )
}

export const Login = () => <LoginForm />

/**
 * The login was over while its person (`before`) was at work: the whole window asks for it again, and what they were at waits below,
 * out of sight. There is no way past it.
 */
export const LoginAgain = ({ before }: { readonly before: string }) => {
  const t = useText()
  const element = useRef<HTMLDialogElement>(null)
  const stayOpen = () => {
    if (element.current?.isConnected && !element.current.open) element.current.showModal()
  }
  useLayoutEffect(() => {
    stayOpen()
    element.current?.querySelector<HTMLInputElement>('input[type=password]')?.focus()
  }, [])
  return (
    <dialog
      ref={element}
      class="entry-again"
      aria-label={t.entry.loginTitle}
      onCancel={(event) => event.preventDefault()}
      onClose={stayOpen}
    >
      <LoginForm before={before} />
    </dialog>
  )
}
