import type { AnnouncedView, AnnouncementTarget } from '@mynah/shared/api/announcements.ts'
import type { DeviceView } from '@mynah/shared/api/devices.ts'
import { type Language, languageSchema } from '@mynah/shared/wire/topics.ts'
import { Megaphone } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { Badge, Card, type Tone } from '../design/card.tsx'
import { CheckField, Segments, SelectField, TextArea } from '../design/field.tsx'
import { Form } from '../design/form.tsx'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import { tellFailed } from '../design/toast.tsx'
import { language as panelLanguage, useText } from '../i18n/language.ts'
import { allSpeakers, speakerOf } from '../live/speakers.ts'
import type { Recorded } from '../recording/voice-recording.ts'
import { failureText } from '../session/failure-text.ts'
import { api, currentHome, may } from '../session/session.ts'
import { VoiceField } from './announce/voice-field.tsx'

type Scope = AnnouncementTarget['type']
type State = AnnouncedView['results'][number]['state']
const tones: Readonly<Record<State, Tone>> = { sent: 'good', offline: 'plain', failed: 'bad' }

const Results = ({ announced }: { readonly announced: AnnouncedView }) => {
  const t = useText()
  return (
    <Card title={t.home.announce.results} flush>
      <div role="status">
        {announced.results.length === 0 && <p class="card-body">{t.home.announce.nobody}</p>}
        <ul class="list">
          {announced.results.map(({ device_id: id, state }) => (
            <li key={id} class="list-row">
              <span class="grow">{speakerOf(id)?.device.value.name ?? id}</span>
              <Badge tone={tones[state]}>{t.home.announce[state]}</Badge>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}

const useTarget = (speakers: readonly DeviceView[]) => {
  const rooms = [...new Set(speakers.flatMap(({ room }) => (room === null ? [] : [room])))].toSorted()
  const [scope, setScope] = useState<Scope>('all')
  const [room, setRoom] = useState(rooms[0] ?? '')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const target = (): AnnouncementTarget | undefined => {
    if (scope === 'all') return { type: 'all' }
    if (scope === 'room') return room === '' ? undefined : { type: 'room', room }
    return chosen.size === 0 ? undefined : { type: 'devices', device_ids: [...chosen] }
  }
  return { rooms, scope, setScope, room, setRoom, chosen, setChosen, target: target() }
}

const TargetFields = ({
  speakers,
  choice,
}: {
  readonly speakers: readonly DeviceView[]
  readonly choice: ReturnType<typeof useTarget>
}) => {
  const t = useText()
  const { rooms, scope, setScope, room, setRoom, chosen, setChosen } = choice
  return (
    <>
      <div class="stack-tight">
        <span class="field-label">{t.home.announce.target}</span>
        <div>
          <Segments<Scope>
            label={t.home.announce.target}
            value={scope}
            choices={[
              { value: 'all', text: t.home.announce.everywhere },
              ...(rooms.length > 0 ? [{ value: 'room' as const, text: t.home.announce.room }] : []),
              { value: 'devices', text: t.home.announce.chosen },
            ]}
            onChange={setScope}
          />
        </div>
      </div>
      {scope === 'room' && (
        <SelectField
          label={t.home.announce.chooseRoom}
          value={room}
          choices={rooms.map((name) => ({ value: name, text: name }))}
          onChange={setRoom}
        />
      )}
      {scope === 'devices' && (
        <fieldset class="choice-list">
          <legend>{t.home.announce.speakers}</legend>
          {speakers.map(({ device_id: id, name, online }) => (
            <CheckField
              key={id}
              label={
                <>
                  {name ?? t.speakers.unnamed} {!online && <span class="soft small">({t.speakers.offline})</span>}
                </>
              }
              checked={chosen.has(id)}
              onChange={(isChosen) =>
                setChosen(new Set(isChosen ? [...chosen, id] : [...chosen].filter((other) => other !== id)))
              }
            />
          ))}
        </fieldset>
      )}
    </>
  )
}

const queryOf = (target: AnnouncementTarget) => {
  switch (target.type) {
    case 'all':
      return {}
    case 'room':
      return { room: target.room }
    case 'devices':
      return { device_ids: target.device_ids.join(',') }
  }
}

const AnnounceForm = ({ homeId, speakers }: { readonly homeId: string; readonly speakers: readonly DeviceView[] }) => {
  const t = useText()
  const [by, setBy] = useState<'text' | 'voice'>('text')
  const [text, setText] = useState('')
  const [voice, setVoice] = useState<Recorded>()
  const [round, setRound] = useState(0)
  const [language, setLanguage] = useState<Language>(panelLanguage.value)
  const [isBusy, setBusy] = useState(false)
  const [announced, setAnnounced] = useState<AnnouncedView>()
  const choice = useTarget(speakers)
  const { target } = choice
  const announce = async () => {
    if (!target) return
    setBusy(true)
    setAnnounced(undefined)
    const params = { home_id: homeId }
    const said = voice
      ? await api.call('announceRecording', { params, query: queryOf(target), body: voice.wav })
      : await api.call('announce', { params, body: { text, language, target } })
    setBusy(false)
    if (!said.ok) {
      tellFailed(failureText(t, said.error))
      return
    }
    setAnnounced(said.value)
    setText('')
    setVoice(undefined)
    setRound(round + 1)
  }
  return (
    <div class="columns">
      <Card>
        <Form onSubmit={announce}>
          <div>
            <Segments
              label={t.home.announce.how}
              value={by}
              choices={[
                { value: 'text', text: t.home.announce.byText },
                { value: 'voice', text: t.home.announce.byVoice },
              ]}
              onChange={(now) => {
                setVoice(undefined)
                setBy(now)
              }}
            />
          </div>
          {by === 'text' ? (
            <TextArea
              label={t.home.announce.text}
              placeholder={t.home.announce.textExample}
              maxLength={500}
              required
              value={text}
              onInput={setText}
            />
          ) : (
            <VoiceField key={round} onRecorded={setVoice} />
          )}
          <TargetFields speakers={speakers} choice={choice} />
          {by === 'text' && (
            <SelectField
              label={t.home.announce.language}
              value={language}
              choices={languageSchema.options.map((value) => ({ value, text: t.language[value] }))}
              onChange={setLanguage}
            />
          )}
          <div>
            <Button
              kind="primary"
              type="submit"
              icon={Megaphone}
              busy={isBusy}
              disabled={!target || (by === 'text' ? text.trim() === '' : !voice || voice.isSilent)}
            >
              {t.home.announce.send}
            </Button>
          </div>
        </Form>
      </Card>
      {announced && <Results announced={announced} />}
    </div>
  )
}

export const Announce = () => {
  const t = useText()
  const homeId = currentHome.value?.home_id
  const speakers = allSpeakers.value.map(({ device }) => device.value).filter(({ home_id: id }) => id === homeId)
  return (
    <Page title={t.home.announce.title} intro={t.home.announce.intro}>
      {!may(homeId, 'member') || homeId === undefined || speakers.length === 0 ? (
        <EmptyState
          icon={Megaphone}
          title={may(homeId, 'member') ? t.home.announce.noSpeakersTitle : t.home.announce.viewerTitle}
        >
          {may(homeId, 'member') ? t.speakers.emptyText : t.home.announce.viewerText}
        </EmptyState>
      ) : (
        <AnnounceForm homeId={homeId} speakers={speakers} />
      )}
    </Page>
  )
}
