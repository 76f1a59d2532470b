import type { BackupView } from '@mynah/shared/api/system.ts'
import { DatabaseBackup, Download } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { Button, IconButton } from '../../design/button.tsx'
import { Badge, Card } from '../../design/card.tsx'
import { ConfirmButton } from '../../design/dialog.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { dateTime, sizeOf } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Loaded, useResource } from '../../resource/resource.tsx'
import { failureText } from '../../session/failure-text.ts'
import { api } from '../../session/session.ts'
import { saveFile } from '../save-file.ts'

const BackupRow = ({ backup, onChange }: { readonly backup: BackupView; readonly onChange: () => void }) => {
  const t = useText()
  const params = { backup_name: backup.name }
  const download = async () => {
    const file = await api.call('downloadBackup', { params })
    if (file.ok) saveFile(file.value, backup.name, 'application/vnd.sqlite3')
    else tellFailed(failureText(t, file.error))
  }
  const run = async (name: 'restoreBackup' | 'cancelRestore' | 'deleteBackup', doneText: string) => {
    const done = await api.call(name, { params })
    if (done.ok) tellDone(doneText)
    else tellFailed(failureText(t, done.error))
    onChange()
  }
  return (
    <li class="list-row backup">
      <span class="grow">
        {dateTime(backup.made_at)} <span class="soft small">{sizeOf(backup.size_bytes)}</span>{' '}
        {backup.restore_pending && <Badge tone="warn">{t.system.restorePending}</Badge>}
      </span>
      <span class="row-tight">
        <IconButton label={t.system.downloadOf(backup.name)} icon={Download} onClick={() => void download()} />
        {backup.restore_pending ? (
          <Button kind="quiet" onClick={() => void run('cancelRestore', t.system.restoreCancelled)}>
            {t.system.cancelRestore}
          </Button>
        ) : (
          <ConfirmButton
            kind="quiet"
            label={t.system.restore}
            title={t.system.restoreTitle}
            text={t.system.restoreText}
            onConfirm={() => run('restoreBackup', t.system.restorePlanned)}
          />
        )}
        <ConfirmButton
          kind="quiet"
          label={t.actions.delete}
          accessibleName={t.system.deleteOf(backup.name)}
          title={t.system.deleteBackupTitle}
          text={t.system.deleteBackupText}
          onConfirm={() => run('deleteBackup', t.system.backupDeleted)}
        />
      </span>
    </li>
  )
}

/** Copies of the database: for whoever runs this cloud. */
export const Backups = () => {
  const t = useText()
  const [isBusy, setBusy] = useState(false)
  const backups = useResource('backups', (signal) => api.call('listBackups', {}, { signal }))
  const make = async () => {
    setBusy(true)
    const made = await api.call('createBackup', {})
    setBusy(false)
    if (made.ok) tellDone(t.system.backupMade)
    else tellFailed(failureText(t, made.error))
    backups.reload()
  }
  return (
    <Card
      title={t.system.backups}
      flush
      actions={
        <Button icon={DatabaseBackup} busy={isBusy} onClick={() => void make()}>
          {t.system.backup}
        </Button>
      }
    >
      <Loaded resource={backups}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="card-body soft">{t.system.noBackups}</p>
          ) : (
            <ul class="list">
              {items.map((backup) => (
                <BackupRow key={backup.name} backup={backup} onChange={backups.reload} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}
