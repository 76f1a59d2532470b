import type { HomeView } from '@mynah/shared/api/homes.ts'
import { useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { ConfirmButton, Dialog } from '../../design/dialog.tsx'
import { TextField } from '../../design/field.tsx'
import { Form, useSubmit } from '../../design/form.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { decimal } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import type { Resource } from '../../resource/resource.tsx'
import { failureText } from '../../session/failure-text.ts'
import { api, chooseHome, setMe } from '../../session/session.ts'

const reloadMe = async () => {
  const me = await api.call('getMe', {})
  if (me.ok) setMe(me.value)
}

const Rename = ({ home, resource }: { readonly home: HomeView; readonly resource: Resource<HomeView> }) => {
  const t = useText()
  const [name, setName] = useState(home.name)
  const [timeZone, setTimeZone] = useState(home.time_zone ?? '')
  const { problem, isBusy, submit } = useSubmit(async () => {
    const body = { name, ...(timeZone.trim() === '' ? {} : { time_zone: timeZone.trim() }) }
    const changed = await api.call('updateHome', { params: { home_id: home.home_id }, body })
    if (!changed.ok) return failureText(t, changed.error)
    resource.set(changed.value)
    tellDone(t.states.saved)
    await reloadMe()
    return undefined
  })
  return (
    <Form onSubmit={submit}>
      <TextField label={t.home.people.homeName} required maxLength={100} value={name} onInput={setName} />
      <TextField
        label={t.home.people.timeZone}
        placeholder="Europe/Zurich"
        maxLength={64}
        value={timeZone}
        onInput={setTimeZone}
        error={problem}
      />
      <div>
        <Button type="submit" busy={isBusy}>
          {t.actions.save}
        </Button>
      </div>
    </Form>
  )
}

/** The home itself: its name, leaving and deleting it. */
export const HomeCard = ({ home, resource }: { readonly home: HomeView; readonly resource: Resource<HomeView> }) => {
  const t = useText()
  const params = { home_id: home.home_id }
  const leave = async () => {
    const left = await api.call('leaveHome', { params })
    if (left.ok) tellDone(t.home.people.left(home.name))
    else tellFailed(failureText(t, left.error))
    await reloadMe()
  }
  const remove = async () => {
    const deleted = await api.call('deleteHome', { params })
    if (!deleted.ok) tellFailed(failureText(t, deleted.error))
    await reloadMe()
  }
  const deleteTurns = async () => {
    const deleted = await api.call('deleteHomeTurns', { params })
    if (deleted.ok) tellDone(t.home.people.deletedTurns(decimal(deleted.value.deleted)))
    else tellFailed(failureText(t, deleted.error))
  }
  return (
    <Card title={t.home.people.home}>
      <div class="stack">
        <p class="soft">{t.home.people.counts(decimal(home.device_count), decimal(home.member_count))}</p>
        {home.role === 'admin' && <Rename home={home} resource={resource} />}
        <div class="row">
          <ConfirmButton
            kind="secondary"
            label={t.home.people.leave}
            title={t.home.people.leaveTitle}
            text={t.home.people.leaveText}
            onConfirm={leave}
          />
          {home.role === 'admin' && (
            <>
              <ConfirmButton
                label={t.home.people.deleteTurns}
                title={t.home.people.deleteTurnsTitle}
                text={t.speakers.deleteTurnsText}
                onConfirm={deleteTurns}
              />
              <ConfirmButton
                label={t.home.people.delete}
                title={t.home.people.deleteTitle(home.name)}
                text={t.home.people.deleteText}
                onConfirm={remove}
              />
            </>
          )}
        </div>
      </div>
    </Card>
  )
}

export const NewHomeDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const t = useText()
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string>()
  const make = async () => {
    const made = await api.call('createHome', { body: { name } })
    if (!made.ok) {
      setProblem(failureText(t, made.error))
      return
    }
    await reloadMe()
    chooseHome(made.value.home_id)
    tellDone(t.home.people.made(made.value.name))
    onClose()
  }
  return (
    <Dialog title={t.home.people.newHomeTitle} onClose={onClose}>
      <Form onSubmit={make}>
        <TextField
          label={t.home.people.homeName}
          required
          maxLength={100}
          value={name}
          onInput={setName}
          error={problem}
        />
        <Button kind="primary" type="submit">
          {t.home.people.newHome}
        </Button>
      </Form>
    </Dialog>
  )
}
