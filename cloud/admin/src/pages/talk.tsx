import { CircleAlert, MicOff, Send } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { Card } from '../design/card.tsx'
import { SelectField, TextField } from '../design/field.tsx'
import { Form } from '../design/form.tsx'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import { useText } from '../i18n/language.ts'
import { useResource } from '../resource/resource.tsx'
import { api, chooseHome, currentHome, may, me } from '../session/session.ts'
import { mayHaveMicrophone } from '../talk/microphone.ts'
import { choosePersona, chosenPersona, nameSpeaker, speakerNameField, speakerNameLength } from '../talk/talk-choice.ts'
import type { Trouble } from '../talk/talk-state.ts'
import { createTalker, type Talker } from '../talk/talker.ts'
import { type Asked, askingNow } from './talk/asked.ts'
import { Exchanges } from './talk/exchanges.tsx'
import { LastTurn } from './talk/last-turn.tsx'
import { MicrophoneButton } from './talk/microphone-button.tsx'

const TypedForm = ({ talker, asked }: { readonly talker: Talker; readonly asked: Asked }) => {
  const t = useText()
  const [text, setText] = useState('')
  const say = () => {
    const typed = text.trim()
    if (typed === '') return
    talker.say(askingNow(asked), typed)
    setText('')
  }
  return (
    <Form class="talk-form" onSubmit={say}>
      <TextField
        label={t.talk.typed}
        placeholder={t.talk.typedExample}
        maxLength={1_000}
        autocomplete="off"
        value={text}
        onInput={setText}
      />
      <Button kind="primary" type="submit" icon={Send} disabled={text.trim() === ''}>
        {t.talk.send}
      </Button>
    </Form>
  )
}

const TroubleNotice = ({ trouble }: { readonly trouble: Trouble | undefined }) => {
  const t = useText()
  return (
    <div role="alert">
      {trouble && (
        <div class="notice tone-warn">
          <CircleAlert size={18} aria-hidden="true" />
          <span>{t.talk.troubles[trouble]}</span>
        </div>
      )}
    </div>
  )
}

const HomeChoice = () => {
  const t = useText()
  const homes = (me.value?.homes ?? []).filter(({ home_id: id }) => may(id, 'member'))
  if (homes.length < 2) return null
  return (
    // Where there is room, the navigation beside it has the same choice.
    <div class="phone-only">
      <SelectField
        label={t.talk.home}
        value={currentHome.value?.home_id ?? ''}
        choices={homes.map(({ home_id: value, name: text }) => ({ value, text }))}
        onChange={chooseHome}
      />
    </div>
  )
}

/** Who answers, and what this browser is called; both are kept in this browser. */
const Choices = ({ personas }: Pick<Asked, 'personas'>) => {
  const t = useText()
  return (
    <div class="form-grid">
      {personas.length > 0 && (
        <SelectField
          label={t.talk.persona}
          value={chosenPersona(personas)?.name ?? ''}
          choices={personas.map(({ name }) => ({ value: name, text: name }))}
          onChange={choosePersona}
        />
      )}
      <TextField
        label={t.talk.speakerName}
        placeholder={t.talk.ofBrowser}
        maxLength={speakerNameLength}
        autocomplete="off"
        value={speakerNameField.value}
        onInput={nameSpeaker}
      />
    </div>
  )
}

const TalkWith = ({ homeId }: { readonly homeId: string }) => {
  const [talker] = useState(createTalker)
  useEffect(() => talker.close, [talker])
  const { exchanges, trouble } = talker.state.value
  const settings = useResource(homeId, (signal) =>
    api.call('getAiSettings', { params: { home_id: homeId } }, { signal }),
  )
  // Without the list the first answers, as it does until somebody has chosen.
  const personas = settings.state.type === 'ready' ? settings.state.value.personas : []
  const asked = { homeId, personas }
  const shown = trouble ?? (mayHaveMicrophone() ? undefined : 'no_secure_context')
  return (
    <div class="stack">
      <Card>
        <div class="stack">
          <HomeChoice />
          <MicrophoneButton talker={talker} asked={asked} />
          <TroubleNotice trouble={shown} />
          <TypedForm talker={talker} asked={asked} />
          <Choices personas={personas} />
        </div>
      </Card>
      <div class={exchanges.length > 0 ? 'columns' : 'stack'}>
        <Exchanges exchanges={exchanges} />
        <LastTurn exchanges={exchanges} />
      </div>
    </div>
  )
}

/** `/talk`: the browser itself is a speaker. */
export const Talk = () => {
  const t = useText()
  const homeId = currentHome.value?.home_id
  return (
    <Page title={t.talk.title} intro={t.talk.intro}>
      {homeId !== undefined && may(homeId, 'member') ? (
        <TalkWith key={homeId} homeId={homeId} />
      ) : (
        <EmptyState icon={MicOff} title={t.talk.viewerTitle}>
          {t.talk.viewerText}
        </EmptyState>
      )}
    </Page>
  )
}
