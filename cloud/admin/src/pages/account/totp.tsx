import type { ReplyOf } from '@mynah/shared/api/contract.ts'
import { useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { CopyText } from '../../design/copy-text.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { TextField } from '../../design/field.tsx'
import { Form } from '../../design/form.tsx'
import { QrCode } from '../../design/qr-code.tsx'
import { tellDone } from '../../design/toast.tsx'
import { useText } from '../../i18n/language.ts'
import { failureText, passwordFailureText } from '../../session/failure-text.ts'
import { api, me, setMe } from '../../session/session.ts'

type Step =
  | { readonly type: 'password'; readonly to: 'start' | 'remove' }
  | { readonly type: 'scan'; readonly factor: ReplyOf<'startTotp'> }
  | { readonly type: 'recovery'; readonly codes: readonly string[] }

const noteTotp = (hasTotp: boolean) => {
  const person = me.peek()
  if (person) setMe({ ...person, has_totp: hasTotp })
}

/** One field and one button: what each step of the way asks for. */
const StepForm = ({
  label,
  isCode,
  button,
  onSubmit,
}: {
  readonly label: string
  readonly isCode?: boolean
  readonly button: string
  readonly onSubmit: (value: string) => Promise<string | undefined>
}) => {
  const [value, setValue] = useState('')
  const [problem, setProblem] = useState<string>()
  const submit = async () => setProblem(await onSubmit(value))
  return (
    <Form onSubmit={submit}>
      <TextField
        label={label}
        type={isCode ? 'text' : 'password'}
        autocomplete={isCode ? 'one-time-code' : 'current-password'}
        {...(isCode ? { inputMode: 'numeric' as const, pattern: '\\d{6}' } : {})}
        required
        value={value}
        onInput={setValue}
        error={problem}
      />
      <Button kind="primary" type="submit">
        {button}
      </Button>
    </Form>
  )
}

const StepView = ({ step, setStep }: { readonly step: Step; readonly setStep: (step: Step | undefined) => void }) => {
  const t = useText()
  const start = async (password: string) => {
    const factor = await api.call('startTotp', { body: { password } })
    if (!factor.ok) return passwordFailureText(t, factor.error)
    setStep({ type: 'scan', factor: factor.value })
    return undefined
  }
  const remove = async (password: string) => {
    const removed = await api.call('removeTotp', { body: { password } })
    if (!removed.ok) return passwordFailureText(t, removed.error)
    noteTotp(false)
    tellDone(t.account.totpRemoved)
    setStep(undefined)
    return undefined
  }
  const confirm = async (code: string) => {
    const confirmed = await api.call('confirmTotp', { body: { code } })
    if (!confirmed.ok) return failureText(t, confirmed.error)
    noteTotp(true)
    setStep({ type: 'recovery', codes: confirmed.value.recovery_codes })
    return undefined
  }
  switch (step.type) {
    case 'password':
      return (
        <StepForm
          key="password"
          label={t.account.confirmPassword}
          button={step.to === 'start' ? t.account.next : t.account.totpRemove}
          onSubmit={step.to === 'start' ? start : remove}
        />
      )
    case 'scan':
      return (
        <div class="stack">
          <p>{t.account.totpScan}</p>
          <QrCode text={step.factor.otpauth_url} label={t.account.totpQr} />
          <CopyText label={t.account.totpKey} text={step.factor.secret} />
          <StepForm key="code" isCode label={t.account.totpCode} button={t.account.totpConfirm} onSubmit={confirm} />
        </div>
      )
    case 'recovery':
      return (
        <div class="stack">
          <p>{t.account.totpRecoveryText}</p>
          <CopyText label={t.account.totpRecovery} text={step.codes.join('\n')} />
          <Button kind="primary" onClick={() => setStep(undefined)}>
            {t.actions.done}
          </Button>
        </div>
      )
  }
}

/** The second factor: switching it on (password, QR code, first code, recovery codes) and off. */
export const TotpCard = () => {
  const t = useText()
  const [step, setStep] = useState<Step>()
  const isOn = me.value?.has_totp === true
  return (
    <Card title={t.account.totp}>
      <div class="stack">
        <p class="soft">{isOn ? t.account.totpOn : t.account.totpOff}</p>
        <div>
          <Button onClick={() => setStep({ type: 'password', to: isOn ? 'remove' : 'start' })}>
            {isOn ? t.account.totpRemove : t.account.totpStart}
          </Button>
        </div>
      </div>
      {step && (
        <Dialog title={t.account.totp} onClose={() => setStep(undefined)}>
          <StepView step={step} setStep={setStep} />
        </Dialog>
      )}
    </Card>
  )
}
