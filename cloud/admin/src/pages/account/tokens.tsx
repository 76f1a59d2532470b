import { type Scope, scopes } from '@mynah/shared/api/endpoint.ts'
import type { ApiTokenView } from '@mynah/shared/api/people.ts'
import { Plus } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Badge, Card } from '../../design/card.tsx'
import { CopyText } from '../../design/copy-text.tsx'
import { ConfirmButton, Dialog } from '../../design/dialog.tsx'
import { CheckField, SelectField, TextField } from '../../design/field.tsx'
import { Form, useSubmit } from '../../design/form.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { dateTime, decimal, relativeTime } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Loaded, useResource } from '../../resource/resource.tsx'
import { failureText } from '../../session/failure-text.ts'
import { api } from '../../session/session.ts'

const validities = ['30', '90', '365', 'forever'] as const
type Validity = (typeof validities)[number]

const NewToken = ({ onMade, onClose }: { readonly onMade: () => void; readonly onClose: () => void }) => {
  const t = useText()
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<Scope>>(new Set(['devices:read']))
  const [validity, setValidity] = useState<Validity>('90')
  const [token, setToken] = useState<string>()
  const { problem, isBusy, submit } = useSubmit(async () => {
    const made = await api.call('createApiToken', {
      body: { name, scopes: [...chosen], ...(validity === 'forever' ? {} : { valid_days: Number(validity) }) },
    })
    if (!made.ok) return failureText(t, made.error)
    setToken(made.value.token)
    onMade()
    return undefined
  })
  if (token !== undefined) {
    return (
      <div class="stack">
        <p>{t.account.tokenReady}</p>
        <CopyText label={t.account.tokenLabel} text={token} />
        <Button kind="primary" onClick={onClose}>
          {t.actions.done}
        </Button>
      </div>
    )
  }
  return (
    <Form onSubmit={submit}>
      <TextField
        label={t.account.tokenName}
        placeholder={t.account.tokenNameExample}
        required
        maxLength={100}
        value={name}
        onInput={setName}
        error={problem}
      />
      <fieldset class="choice-list">
        <legend>{t.account.scopes}</legend>
        {scopes.map((scope) => (
          <CheckField
            key={scope}
            label={t.account.scopeNames[scope]}
            checked={chosen.has(scope)}
            onChange={(isChosen) =>
              setChosen(new Set(isChosen ? [...chosen, scope] : [...chosen].filter((other) => other !== scope)))
            }
          />
        ))}
      </fieldset>
      <SelectField
        label={t.account.validFor}
        value={validity}
        choices={validities.map((value) => ({
          value,
          text: value === 'forever' ? t.account.validForever : t.account.validDays(decimal(Number(value))),
        }))}
        onChange={setValidity}
      />
      <Button kind="primary" type="submit" busy={isBusy} disabled={chosen.size === 0}>
        {t.account.makeToken}
      </Button>
    </Form>
  )
}

const TokenRow = ({ token, onRevoked }: { readonly token: ApiTokenView; readonly onRevoked: () => void }) => {
  const t = useText()
  const revoke = async () => {
    const revoked = await api.call('revokeApiToken', { params: { token_id: token.token_id } })
    if (revoked.ok) tellDone(t.account.revoked)
    else tellFailed(failureText(t, revoked.error))
    onRevoked()
  }
  const used = token.last_used_at === null ? t.account.tokenNever : t.account.lastUsed(relativeTime(token.last_used_at))
  return (
    <li class="list-row">
      <span class="grow stack-tight">
        <strong>{token.name}</strong>
        <span class="row-tight wrap">
          {token.scopes.map((scope) => (
            <Badge key={scope}>{t.account.scopeNames[scope]}</Badge>
          ))}
        </span>
        <span class="soft small">
          {used}
          {token.expires_at !== null && ` · ${t.account.tokenUntil(dateTime(token.expires_at))}`}
        </span>
      </span>
      <ConfirmButton
        kind="quiet"
        label={t.account.revoke}
        accessibleName={t.account.revokeOf(token.name)}
        title={t.account.revokeOf(token.name)}
        text={t.account.tokensText}
        onConfirm={revoke}
      />
    </li>
  )
}

/** Tokens for scripts. */
export const Tokens = () => {
  const t = useText()
  const [isMaking, setMaking] = useState(false)
  const tokens = useResource('tokens', (signal) => api.call('listApiTokens', {}, { signal }))
  return (
    <Card
      title={t.account.tokens}
      flush
      actions={
        <Button icon={Plus} onClick={() => setMaking(true)}>
          {t.account.newToken}
        </Button>
      }
    >
      <Loaded resource={tokens}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="card-body soft">{t.problems.both(t.account.noTokens, t.account.tokensText)}</p>
          ) : (
            <ul class="list">
              {items.map((token) => (
                <TokenRow key={token.token_id} token={token} onRevoked={tokens.reload} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {isMaking && (
        <Dialog title={t.account.newToken} onClose={() => setMaking(false)}>
          <NewToken onMade={tokens.reload} onClose={() => setMaking(false)} />
        </Dialog>
      )}
    </Card>
  )
}
