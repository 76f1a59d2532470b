import { type Ring, rings } from '@mynah/shared/api/firmware.ts'
import { HardDriveDownload, Upload } from 'lucide-preact'
import { useRef, useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { Card } from '../design/card.tsx'
import { SelectField } from '../design/field.tsx'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import { tellDone, tellFailed } from '../design/toast.tsx'
import { useText } from '../i18n/language.ts'
import { allSpeakers } from '../live/speakers.ts'
import { Loaded, useResource } from '../resource/resource.tsx'
import { failureText } from '../session/failure-text.ts'
import { api, may, me } from '../session/session.ts'
import { Keys } from './firmware/keys.tsx'
import { ReleaseRow } from './firmware/release-row.tsx'
import './firmware/firmware.css'

/** Chooses a file and sends it as it lies on the disk: it never has to fit into the memory of the page. */
const UploadButton = ({ onDone }: { readonly onDone: () => void }) => {
  const t = useText()
  const input = useRef<HTMLInputElement>(null)
  const [isBusy, setBusy] = useState(false)
  const upload = async (file: File | undefined) => {
    if (!file) return
    setBusy(true)
    const uploaded = await api.call('uploadFirmware', { body: file })
    setBusy(false)
    if (input.current) input.current.value = ''
    if (uploaded.ok) tellDone(t.firmware.uploaded(uploaded.value.version))
    else tellFailed(failureText(t, uploaded.error))
    onDone()
  }
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t.firmware.upload}
        onChange={(event) => void upload(event.currentTarget.files?.[0])}
      />
      <Button kind="primary" icon={Upload} busy={isBusy} onClick={() => input.current?.click()}>
        {isBusy ? t.firmware.uploading : t.firmware.upload}
      </Button>
    </>
  )
}

const Speakers = ({
  members,
  onChange,
}: {
  readonly members: readonly { readonly device_id: string; readonly ring: Ring }[]
  readonly onChange: () => void
}) => {
  const t = useText()
  const mine = allSpeakers.value.map(({ device }) => device.value).filter(({ home_id: id }) => may(id, 'admin'))
  const setRing = async (deviceId: string, ring: Ring) => {
    const set = await api.call('setFirmwareRing', { params: { device_id: deviceId }, body: { ring } })
    if (!set.ok) tellFailed(failureText(t, set.error))
    onChange()
  }
  if (mine.length === 0) return null
  return (
    <Card title={t.firmware.speakers} flush>
      <ul class="list">
        {mine.map(({ device_id: id, name, firmware: runs }) => (
          <li key={id} class="list-row">
            <span class="grow">
              {name ?? t.speakers.unnamed}
              <span class="soft small">
                <br />
                {runs === null ? t.firmware.runningUnknown : t.firmware.running(runs)}
              </span>
            </span>
            <SelectField
              label={t.firmware.ringOf(name ?? id)}
              isLabelHidden
              value={members.find(({ device_id: member }) => member === id)?.ring ?? 'all'}
              choices={rings.map((value) => ({ value, text: t.firmware.rings[value] }))}
              onChange={(ring) => void setRing(id, ring)}
            />
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** Releases of the speakers' software, for whoever runs this cloud. */
export const Firmware = () => {
  const t = useText()
  const releases = useResource('firmware', (signal) => api.call('listFirmware', {}, { signal }))
  const back = { href: '/system', text: t.system.title }
  if (!me.value?.is_system_admin) {
    return (
      <Page title={t.firmware.title} back={back}>
        <EmptyState icon={HardDriveDownload} title={t.firmware.title}>
          {t.problems.texts.forbidden}
        </EmptyState>
      </Page>
    )
  }
  return (
    <Page
      title={t.firmware.title}
      intro={t.firmware.intro}
      back={back}
      actions={<UploadButton onDone={releases.reload} />}
    >
      <Card title={t.firmware.releases} flush>
        <Loaded resource={releases}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={HardDriveDownload} title={t.firmware.noReleases}>
                {t.firmware.noReleasesText}
              </EmptyState>
            ) : (
              <ul class="list">
                {items.map((release) => (
                  <ReleaseRow key={release.release_id} release={release} onChange={releases.reload} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <div class="columns">
        <Loaded resource={releases}>
          {({ members }) => <Speakers members={members} onChange={releases.reload} />}
        </Loaded>
        <Keys onChange={releases.reload} />
      </div>
    </Page>
  )
}
