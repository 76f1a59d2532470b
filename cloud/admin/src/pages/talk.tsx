import type { Persona } from '@mynah/shared/api/ai-settings.ts'
import type { TurnDetail } from '@mynah/shared/api/turns.ts'
import { CircleAlert, Mic, MicOff, Send, Square } from 'lucide-preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { Card } from '../design/card.tsx'
import { SelectField, TextField } from '../design/field.tsx'
import { Form } from '../design/form.tsx'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import { language, useText } from '../i18n/language.ts'
import { useResource } from '../resource/resource.tsx'
import { api, chooseHome, currentHome, may, me } from '../session/session.ts'
import { mayHaveMicrophone } from '../talk/microphone.ts'
import {
  choosePersona,
  chosenPersona,
  languageFor,
  nameSpeaker,
  speakerName,
  speakerNameField,
  speakerNameLength,
} from '../talk/talk-choice.ts'
import type { Exchange, TalkPhase, Trouble } from '../talk/talk-state.ts'
import { type Asking, createTalker, type Talker } from '../talk/talker.ts'
import { browserClock } from '../time/browser-clock.ts'
import { TurnTimes } from './turn-times.tsx'

/** Held for longer than this the button is a push-to-talk: letting go ends what is said. */
const holdMs = 400
/** The record of a turn is closed a moment after its end. */
const recordTries = 10
const recordPauseMs = 200

type Asked = { readonly homeId: string; readonly personas: readonly Persona[] }

const askingNow = ({ homeId, personas }: Asked): Asking => {
  const persona = chosenPersona(personas)
  return {
    homeId,
    language: languageFor(persona, language.value),
    persona: persona?.name,
    speakerName: speakerName.value,
  }
}

/** A press starts, and what a second press or letting go means follows from how long the first one was. */
const useMicrophoneButton = (talker: Talker, asked: Asked) => {
  const press = useRef<{ readonly atMs: number; readonly hasStarted: boolean } | undefined>(undefined)
  const act = (phase: TalkPhase): boolean => {
    if (phase === 'listening') talker.endSpeech()
    else if (phase === 'opening' || phase === 'thinking' || phase === 'speaking') talker.stop()
    else {
      talker.listen(askingNow(asked), true)
      return true
    }
    return false
  }
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return
      // Letting go beside the button is letting go.
      if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId)
      press.current = { atMs: browserClock.now(), hasStarted: act(talker.state.value.phase) }
    },
    onPointerUp: () => {
      const pressed = press.current
      if (pressed?.hasStarted && browserClock.now() - pressed.atMs > holdMs) talker.endSpeech()
    },
    onPointerCancel: () => {
      press.current = undefined
    },
    onKeyDown: () => {
      press.current = undefined
    },
    onClick: () => {
      // After a pointer it was done already; keys and assistive technology only click.
      if (!press.current) act(talker.state.value.phase)
      press.current = undefined
    },
  }
}

const MicrophoneButton = ({ talker, asked }: { readonly talker: Talker; readonly asked: Asked }) => {
  const t = useText()
  const { phase } = talker.state.value
  const handlers = useMicrophoneButton(talker, asked)
  const canHear = mayHaveMicrophone()
  const isListening = phase === 'listening'
  const isBusy = phase === 'thinking' || phase === 'speaking' || phase === 'opening'
  const Icon = !canHear ? MicOff : isBusy ? Square : Mic
  const loudness = isListening ? Math.min(1, Math.max(0, (talker.levelDbfs.value + 55) / 45)) : 0
  return (
    <div class="talk-button-frame">
      <button
        type="button"
        class={`talk-button ${isListening ? 'talk-button-live' : ''}`}
        disabled={!canHear && phase === 'idle'}
        style={{ '--loudness': String(Math.round(loudness * 20) / 20) }}
        {...handlers}
      >
        <Icon size={34} aria-hidden="true" />
        <span class="only-read">{isListening ? t.talk.endSpeech : isBusy ? t.talk.stop : t.talk.press}</span>
      </button>
      <p class="talk-phase" role="status">
        {t.talk.phases[phase]}
      </p>
      {canHear && phase === 'idle' && <p class="soft small">{t.talk.pressHint}</p>}
    </div>
  )
}

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

const ExchangeView = ({ exchange }: { readonly exchange: Exchange }) => {
  const t = useText()
  const { heard, isFinal, reply, failure, isOver } = exchange
  const lang = exchange.language === 'zh' ? 'zh-CN' : 'en'
  return (
    <>
      <p class={`bubble ${isFinal ? '' : 'bubble-unsure'}`} lang={lang}>
        <span class="bubble-who">{t.talk.you}</span>
        {heard || <span class="soft">{isFinal || isOver ? t.conversations.nothingHeard : '…'}</span>}
      </p>
      {(reply !== '' || isOver) && (
        <p class="bubble bubble-reply" lang={lang}>
          <span class="bubble-who">{t.talk.mynah}</span>
          {reply || <span class="soft">{failure ? t.talk.failedAt(failure) : t.conversations.noReply}</span>}
        </p>
      )}
    </>
  )
}

/** What was said on this page, as it is said: the newest is announced to who does not see it. */
const Exchanges = ({ exchanges }: { readonly exchanges: readonly Exchange[] }) => {
  const t = useText()
  return (
    <Card title={t.talk.said}>
      <div class="speech" role="log" aria-live="polite" aria-label={t.talk.said}>
        {exchanges.map((exchange) => (
          <ExchangeView key={exchange.sessionId} exchange={exchange} />
        ))}
        {exchanges.length === 0 && <p class="soft">{t.talk.emptyText}</p>}
      </div>
    </Card>
  )
}

/** The record of a turn once it is closed. */
const useRecord = (sessionId: string | undefined): TurnDetail | undefined => {
  const [turn, setTurn] = useState<TurnDetail>()
  useEffect(() => {
    const left = new AbortController()
    const fetchRecord = async (id: string) => {
      for (let tries = 0; tries < recordTries && !left.signal.aborted; tries++) {
        const found = await api.call('getTurn', { params: { session_id: id } }, { signal: left.signal })
        if (left.signal.aborted) return
        if (found.ok && found.value.outcome !== null) return setTurn(found.value)
        await browserClock.sleep(recordPauseMs, left.signal)
      }
    }
    setTurn(undefined)
    if (sessionId !== undefined) void fetchRecord(sessionId)
    return () => left.abort()
  }, [sessionId])
  return turn
}

const LastTurn = ({ exchanges }: { readonly exchanges: readonly Exchange[] }) => {
  const t = useText()
  const last = exchanges.at(-1)
  const turn = useRecord(last?.isOver ? last.sessionId : undefined)
  if (!last) return null
  if (!turn) {
    return (
      <Card title={t.conversations.waterfall}>
        <p class="soft">{t.talk.timesWait}</p>
      </Card>
    )
  }
  return (
    <div class="stack">
      <TurnTimes turn={turn} />
      <a href={`/conversations/${turn.session_id}`}>{t.talk.whole}</a>
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
