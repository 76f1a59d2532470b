import type { ReplyOf } from '@mynah/shared/api/contract.ts'
import { type Language, languageSchema } from '@mynah/shared/wire/topics.ts'
import { useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { CopyText } from '../design/copy-text.tsx'
import { Dialog } from '../design/dialog.tsx'
import { Segments, SelectField, TextField } from '../design/field.tsx'
import { Form, useSubmit } from '../design/form.tsx'
import { QrCode } from '../design/qr-code.tsx'
import { tellDone, tellFailed } from '../design/toast.tsx'
import { dateTime } from '../i18n/format.ts'
import { language as panelLanguage, useText } from '../i18n/language.ts'
import { refreshCount } from '../live/refresh.ts'
import { useResource } from '../resource/resource.tsx'
import { failureText } from '../session/failure-text.ts'
import { api, currentHome } from '../session/session.ts'

type Token = ReplyOf<'createEnrolmentToken'>

const TokenShown = ({ token, onDone }: { readonly token: Token; readonly onDone: () => void }) => {
  const t = useText()
  return (
    <div class="stack">
      <p>{t.speakers.tokenReady}</p>
      <QrCode text={token.qr_text} label={t.speakers.tokenQr} />
      <CopyText label={t.speakers.tokenLabel} text={token.token} />
      <p class="soft small">{t.speakers.tokenUntil(dateTime(token.expires_at))}</p>
      <div class="dialog-actions">
        <Button kind="primary" onClick={onDone}>
          {t.actions.done}
        </Button>
      </div>
    </div>
  )
}

const OpenTokens = ({ homeId }: { readonly homeId: string }) => {
  const t = useText()
  const tokens = useResource(homeId, (signal) =>
    api.call('listEnrolmentTokens', { params: { home_id: homeId } }, { signal }),
  )
  const revoke = async (tokenId: string) => {
    const revoked = await api.call('revokeEnrolmentToken', { params: { home_id: homeId, token_id: tokenId } })
    if (!revoked.ok) tellFailed(failureText(t, revoked.error))
    tokens.reload()
  }
  const open = tokens.state.type === 'ready' ? tokens.state.value.items.filter(({ used_by: by }) => by === null) : []
  if (open.length === 0) return null
  return (
    <details class="disclosure">
      <summary>
        {t.speakers.openTokens} ({open.length})
      </summary>
      <ul class="list">
        {open.map(({ token_id: id, name, expires_at: at }) => (
          <li key={id} class="list-row">
            <span class="grow">
              {name ?? t.speakers.unnamed}
              <span class="soft small">
                <br />
                {t.speakers.tokenUntil(dateTime(at))}
              </span>
            </span>
            <Button kind="quiet" onClick={() => void revoke(id)}>
              {t.home.people.revoke}
            </Button>
          </li>
        ))}
      </ul>
    </details>
  )
}

const ByToken = ({ homeId, onDone }: { readonly homeId: string; readonly onDone: () => void }) => {
  const t = useText()
  const [name, setName] = useState('')
  const [language, setLanguage] = useState<Language>(panelLanguage.value)
  const [token, setToken] = useState<Token>()
  const { problem, isBusy, submit } = useSubmit(async () => {
    const made = await api.call('createEnrolmentToken', {
      params: { home_id: homeId },
      body: { language, ...(name.trim() === '' ? {} : { name }) },
    })
    if (!made.ok) return failureText(t, made.error)
    setToken(made.value)
    return undefined
  })
  if (token) return <TokenShown token={token} onDone={onDone} />
  return (
    <Form onSubmit={submit}>
      <p class="soft">{t.speakers.tokenIntro}</p>
      <TextField
        label={t.speakers.claimName}
        placeholder={t.speakers.claimNameExample}
        maxLength={100}
        value={name}
        onInput={setName}
        error={problem}
      />
      <SelectField
        label={t.speakers.languageLabel}
        value={language}
        choices={languageSchema.options.map((value) => ({ value, text: t.language[value] }))}
        onChange={setLanguage}
      />
      <Button kind="primary" type="submit" busy={isBusy}>
        {t.speakers.makeToken}
      </Button>
      <OpenTokens homeId={homeId} />
    </Form>
  )
}

const ByCode = ({
  homeId,
  given,
  onDone,
}: {
  readonly homeId: string
  readonly given: string
  readonly onDone: () => void
}) => {
  const t = useText()
  const [code, setCode] = useState(given)
  const [name, setName] = useState('')
  const { problem, isBusy, submit } = useSubmit(async () => {
    const claimed = await api.call('claimDevice', {
      params: { home_id: homeId },
      body: { code: code.replaceAll(/\D/g, ''), ...(name.trim() === '' ? {} : { name }) },
    })
    if (!claimed.ok) return failureText(t, claimed.error)
    tellDone(t.speakers.claimed)
    refreshCount.value += 1
    onDone()
    return undefined
  })
  return (
    <Form onSubmit={submit}>
      <TextField
        label={t.speakers.claimCodeLabel}
        hint={t.speakers.claimCodeHint}
        error={problem}
        inputMode="numeric"
        autocomplete="off"
        placeholder="123 456"
        pattern="\s*(\d\s*){6}"
        required
        value={code}
        onInput={setCode}
      />
      <TextField
        label={t.speakers.claimName}
        placeholder={t.speakers.claimNameExample}
        maxLength={100}
        value={name}
        onInput={setName}
      />
      <Button kind="primary" type="submit" busy={isBusy}>
        {t.speakers.claimNow}
      </Button>
    </Form>
  )
}

/** Adds a speaker to the current home: by a token for the flasher, or by the code it says (`code`: as its link had it). */
export const ClaimDialog = ({ code = '', onClose }: { readonly code?: string; readonly onClose: () => void }) => {
  const t = useText()
  const [way, setWay] = useState<'token' | 'code'>(code === '' ? 'token' : 'code')
  const homeId = currentHome.value?.home_id ?? ''
  return (
    <Dialog title={t.speakers.claimTitle} onClose={onClose}>
      <div class="stack">
        <Segments
          label={t.speakers.claimWays}
          value={way}
          choices={[
            { value: 'token', text: t.speakers.claimByToken },
            { value: 'code', text: t.speakers.claimByCode },
          ]}
          onChange={setWay}
        />
        {way === 'token' ? (
          <ByToken homeId={homeId} onDone={onClose} />
        ) : (
          <ByCode homeId={homeId} given={code} onDone={onClose} />
        )}
      </div>
    </Dialog>
  )
}
