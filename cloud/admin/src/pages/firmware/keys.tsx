import type { FirmwareKeyView } from '@mynah/shared/api/firmware.ts'
import { useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { ConfirmButton } from '../../design/dialog.tsx'
import { TextField } from '../../design/field.tsx'
import { Form, useSubmit } from '../../design/form.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { useText } from '../../i18n/language.ts'
import { Loaded, useResource } from '../../resource/resource.tsx'
import { failureText } from '../../session/failure-text.ts'
import { api } from '../../session/session.ts'

const KeyRow = ({ item, onChange }: { readonly item: FirmwareKeyView; readonly onChange: () => void }) => {
  const t = useText()
  const remove = async () => {
    const removed = await api.call('removeFirmwareKey', { params: { key_id: item.key_id } })
    if (removed.ok) tellDone(t.firmware.keyRemoved)
    else tellFailed(failureText(t, removed.error))
    onChange()
  }
  return (
    <li class="list-row">
      <span class="grow">
        {item.from === 'config' ? t.firmware.keyFrom.config : item.name}
        <span class="soft small">
          <br />
          <code>{item.key_id}</code>
        </span>
      </span>
      {item.from === 'panel' && (
        <ConfirmButton
          kind="quiet"
          label={t.actions.delete}
          accessibleName={t.firmware.removeKey(item.name)}
          title={t.firmware.removeKeyTitle(item.name)}
          text={t.firmware.removeKeyText}
          onConfirm={remove}
        />
      )}
    </li>
  )
}

const AddKey = ({ onChange }: { readonly onChange: () => void }) => {
  const t = useText()
  const [name, setName] = useState('')
  const [publicKey, setPublicKey] = useState('')
  const { problem, isBusy, submit } = useSubmit(async () => {
    const added = await api.call('addFirmwareKey', { body: { name, public_key: publicKey } })
    if (!added.ok) return failureText(t, added.error)
    setName('')
    setPublicKey('')
    tellDone(t.firmware.keyAdded)
    onChange()
    return undefined
  })
  return (
    <Form class="stack card-body" onSubmit={submit}>
      <TextField
        label={t.firmware.keyName}
        placeholder={t.firmware.keyNameExample}
        required
        maxLength={100}
        value={name}
        onInput={setName}
      />
      <TextField
        label={t.firmware.publicKey}
        hint={t.firmware.publicKeyHint}
        error={problem}
        required
        autocomplete="off"
        pattern="\s*mynah-fw1\.[A-Za-z0-9_\-]{43}\s*"
        value={publicKey}
        onInput={setPublicKey}
      />
      <div>
        <Button type="submit" busy={isBusy}>
          {t.firmware.addKey}
        </Button>
      </div>
    </Form>
  )
}

/** Whose signatures are believed. */
export const Keys = ({ onChange }: { readonly onChange: () => void }) => {
  const t = useText()
  const keys = useResource('firmware keys', (signal) => api.call('listFirmwareKeys', {}, { signal }))
  const reload = () => {
    keys.reload()
    onChange()
  }
  return (
    <Card title={t.firmware.keys} flush>
      <Loaded resource={keys}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="card-body soft">{t.firmware.noKeys}</p>
          ) : (
            <ul class="list">
              {items.map((item) => (
                <KeyRow key={item.key_id} item={item} onChange={reload} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <AddKey onChange={reload} />
    </Card>
  )
}
