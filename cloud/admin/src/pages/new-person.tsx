import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { CheckField, TextField } from '../design/field.tsx'
import { Form, Problem, useSubmit } from '../design/form.tsx'
import { useText } from '../i18n/language.ts'

export type NewPerson = { readonly login: string; readonly name?: string; readonly password: string }

/** The form that makes an account; `children` are further fields. `onCreate` gives what went wrong, undefined when nothing. */
export const NewPersonForm = ({
  onCreate,
  children,
}: {
  readonly onCreate: (person: NewPerson) => Promise<string | undefined>
  readonly children?: ComponentChildren
}) => {
  const t = useText()
  const [name, setName] = useState('')
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [isShown, setShown] = useState(false)
  const { problem, isBusy, submit } = useSubmit(() =>
    onCreate({ login, password, ...(name.trim() === '' ? {} : { name }) }),
  )
  return (
    <Form onSubmit={submit}>
      <TextField label={t.entry.name} name="name" autocomplete="name" maxLength={100} value={name} onInput={setName} />
      <TextField
        label={t.entry.login}
        hint={t.entry.loginHint}
        name="login"
        autocomplete="username"
        required
        minLength={2}
        maxLength={64}
        value={login}
        onInput={setLogin}
      />
      <TextField
        label={t.entry.password}
        hint={t.entry.passwordHint}
        name="password"
        type={isShown ? 'text' : 'password'}
        autocomplete="new-password"
        required
        minLength={10}
        maxLength={256}
        value={password}
        onInput={setPassword}
      />
      <CheckField label={t.entry.showPassword} checked={isShown} onChange={setShown} />
      {children}
      <Problem text={problem} />
      <Button kind="primary" type="submit" wide busy={isBusy}>
        {t.entry.create}
      </Button>
    </Form>
  )
}
