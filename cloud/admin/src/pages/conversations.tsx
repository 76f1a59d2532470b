import type { RequestOf } from '@mynah/shared/api/contract.ts'
import type { TurnView } from '@mynah/shared/api/turns.ts'
import { endReasons } from '@mynah/shared/wire/topics.ts'
import { Download, MessageSquare, SearchX } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { Button } from '../design/button.tsx'
import { SearchField, SelectField } from '../design/field.tsx'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import { tellDone, tellFailed } from '../design/toast.tsx'
import { clockTime, dayName, milliseconds } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { onLiveEvent } from '../live/connection.ts'
import { allSpeakers } from '../live/speakers.ts'
import { PagedCard } from '../resource/paged-card.tsx'
import { usePages } from '../resource/pages.ts'
import { failureText } from '../session/failure-text.ts'
import { api, currentHome, may } from '../session/session.ts'
import { browserClock } from '../time/browser-clock.ts'
import { saveFile } from './save-file.ts'
import { OutcomeBadge, speakerName } from './turn-words.tsx'

type Query = NonNullable<RequestOf<'listTurns'>['query']>
type Outcome = NonNullable<Query['outcome']>
const typingPauseMs = 250

const TurnRow = ({ turn }: { readonly turn: TurnView }) => {
  const t = useText()
  const name = speakerName(t, turn)
  const firstSoundMs = turn.timings.end_of_speech_to_first_audio
  return (
    <a class="turn-row" href={`/conversations/${turn.session_id}`}>
      <span class="turn-heard clip" lang={turn.language}>
        {turn.heard || <span class="soft">{t.conversations.nothingHeard}</span>}
      </span>
      <span class="turn-meta">
        <span class="soft small number">
          <time dateTime={turn.started_at}>{clockTime(turn.started_at)}</time> · {name}
        </span>
        <span class="row-tight">
          {firstSoundMs !== undefined && <span class="soft small number">{milliseconds(firstSoundMs)}</span>}
          {turn.outcome !== 'completed' && <OutcomeBadge turn={turn} />}
        </span>
      </span>
      <span class="soft clip" lang={turn.language}>
        {turn.reply || t.conversations.noReply}
      </span>
    </a>
  )
}

/** Turns of one day together, in the order in which they come. */
const byDay = (turns: readonly TurnView[]): ReadonlyMap<string, readonly TurnView[]> => {
  const days = new Map<string, TurnView[]>()
  for (const turn of turns) {
    const day = dayName(turn.started_at)
    const ofDay = days.get(day)
    if (ofDay) ofDay.push(turn)
    else days.set(day, [turn])
  }
  return days
}

const TurnList = ({ turns }: { readonly turns: readonly TurnView[] }) => {
  return (
    <>
      {[...byDay(turns)].map(([day, ofDay]) => (
        <section key={day} aria-label={day}>
          <h2 class="day">{day}</h2>
          <ul class="list">
            {ofDay.map((turn) => (
              <li key={turn.session_id}>
                <TurnRow turn={turn} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}

/** The text once nobody has typed for a moment. */
const useSettled = (text: string): string => {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = browserClock.startTimer(typingPauseMs, () => setSettled(text))
    return () => timer.cancel()
  }, [text])
  return settled
}

const useNewTurns = (onSeen: () => void) => {
  const [hasNew, setHasNew] = useState(false)
  useEffect(
    () =>
      onLiveEvent((event) => {
        if (event.type === 'session' && event.phase === 'ended') setHasNew(true)
      }),
    [],
  )
  return {
    hasNew,
    show: () => {
      setHasNew(false)
      onSeen()
    },
  }
}

/** What was said and answered, newest first. */
export const Conversations = () => {
  const t = useText()
  const { query } = useLocation()
  const [search, setSearch] = useState('')
  const [speaker, setSpeaker] = useState(query.speaker ?? '')
  const [outcome, setOutcome] = useState<Outcome | ''>('')
  const q = useSettled(search.trim())
  const homeId = currentHome.value?.home_id
  const filters = {
    ...(homeId ? { home_id: homeId } : {}),
    ...(speaker ? { device_id: speaker } : {}),
    ...(outcome ? { outcome } : {}),
  }
  const pages = usePages(JSON.stringify([filters, q]), (cursor, signal) =>
    api.call('listTurns', { query: { ...filters, ...(q ? { q } : {}), cursor, limit: 50 } }, { signal }),
  )
  const { hasNew, show } = useNewTurns(pages.resource.reload)
  const speakers = allSpeakers.value.map(({ device }) => device.value).filter(({ home_id: id }) => id === homeId)
  const isFiltered = q !== '' || speaker !== '' || outcome !== ''

  const exportAll = async (what: 'exportTurns' | 'exportTurnsWithSound') => {
    const file = await api.call(what, { query: filters })
    if (!file.ok) {
      tellFailed(failureText(t, file.error))
      return
    }
    saveFile(file.value, 'mynah-conversations.json', 'application/json')
    tellDone(t.conversations.exported)
  }
  return (
    <Page
      title={t.conversations.title}
      actions={
        <>
          <Button icon={Download} onClick={() => void exportAll('exportTurns')}>
            {t.conversations.export}
          </Button>
          {may(currentHome.value?.home_id, 'member') && (
            <Button icon={Download} onClick={() => void exportAll('exportTurnsWithSound')}>
              {t.home.keeping.exportWithSound}
            </Button>
          )}
        </>
      }
    >
      <div class="stack">
        <SearchField label={t.conversations.search} value={search} onInput={setSearch} />
        <div class="form-grid">
          <SelectField
            label={t.conversations.speaker}
            value={speaker}
            choices={[
              { value: '', text: t.conversations.anySpeaker },
              ...speakers.map(({ device_id: value, name }) => ({ value, text: name ?? value })),
            ]}
            onChange={setSpeaker}
          />
          <SelectField<Outcome | ''>
            label={t.conversations.outcome}
            value={outcome}
            choices={[
              { value: '', text: t.conversations.anyOutcome },
              ...endReasons.map((value) => ({ value, text: t.conversations.outcomes[value] })),
            ]}
            onChange={setOutcome}
          />
        </div>
      </div>
      {hasNew && (
        <div class="notice tone-accent" role="status">
          <span class="grow">{t.conversations.newOnes}</span>
          <Button onClick={show}>{t.conversations.showNew}</Button>
        </div>
      )}
      <PagedCard pages={pages}>
        {({ items, searched_all: isComplete }) =>
          items.length === 0 && isComplete ? (
            <EmptyState
              icon={isFiltered ? SearchX : MessageSquare}
              title={isFiltered ? t.conversations.noMatchTitle : t.conversations.emptyTitle}
            >
              {isFiltered ? t.conversations.noMatchText : t.conversations.emptyText}
            </EmptyState>
          ) : (
            <>
              <TurnList turns={items} />
              {!isComplete && <p class="card-body soft">{t.conversations.searching}</p>}
            </>
          )
        }
      </PagedCard>
    </Page>
  )
}
