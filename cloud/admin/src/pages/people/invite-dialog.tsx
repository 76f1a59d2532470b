import { type Role, roles } from '@mynah/shared/api/endpoint.ts'
import { useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { CopyText } from '../../design/copy-text.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { SelectField, TextField } from '../../design/field.tsx'
import { Form, useSubmit } from '../../design/form.tsx'
import { QrCode } from '../../design/qr-code.tsx'
import { useText } from '../../i18n/language.ts'
import { failureText } from '../../session/failure-text.ts'
import { api } from '../../session/session.ts'

/** Makes a one-time link for somebody who is to belong to a home. */
export const InviteDialog = ({
  homeId,
  onMade,
  onClose,
}: {
  readonly homeId: string
  readonly onMade: () => void
  readonly onClose: () => void
}) => {
  const t = useText()
  const [role, setRole] = useState<Role>('member')
  const [note, setNote] = useState('')
  const [link, setLink] = useState<string>()
  const { problem, isBusy, submit } = useSubmit(async () => {
    const body = { role, ...(note.trim() === '' ? {} : { note }) }
    const made = await api.call('createInvitation', { params: { home_id: homeId }, body })
    if (!made.ok) return failureText(t, made.error)
    setLink(`${location.origin}${made.value.path}`)
    onMade()
    return undefined
  })
  return (
    <Dialog title={t.home.people.inviteTitle} onClose={onClose}>
      {link ? (
        <div class="stack">
          <p>{t.home.people.inviteReady}</p>
          <QrCode text={link} label={t.home.people.inviteQr} />
          <CopyText label={t.home.people.inviteLink} text={link} />
          <div class="dialog-actions">
            <Button kind="primary" onClick={onClose}>
              {t.actions.done}
            </Button>
          </div>
        </div>
      ) : (
        <Form onSubmit={submit}>
          <SelectField
            label={t.home.people.role}
            hint={t.roleHints[role]}
            value={role}
            choices={roles.map((value) => ({ value, text: t.roles[value] }))}
            onChange={setRole}
          />
          <TextField label={t.home.people.inviteNote} maxLength={100} value={note} onInput={setNote} error={problem} />
          <Button kind="primary" type="submit" busy={isBusy}>
            {t.home.people.inviteMake}
          </Button>
        </Form>
      )}
    </Dialog>
  )
}
