import { computed } from '@preact/signals'
import { Plus, SearchX, Speaker as SpeakerIcon, Volume2 } from 'lucide-preact'
import { useMemo, useState } from 'preact/hooks'
import { lazy, useLocation } from 'preact-iso'
import { Button } from '../design/button.tsx'
import { SearchField, Segments } from '../design/field.tsx'
import { Page } from '../design/page.tsx'
import { EmptyState, ErrorState, SkeletonRows } from '../design/states.tsx'
import { VirtualList } from '../design/virtual-list.tsx'
import { decimal } from '../i18n/format.ts'
import { locale, useText } from '../i18n/language.ts'
import { refreshCount } from '../live/refresh.ts'
import { allSpeakers, arrangement, type LiveSpeaker, speakerList } from '../live/speakers.ts'
import { currentHome, may } from '../session/session.ts'
import { ConcernBadges, StateDot, useStateText } from './speaker-badges.tsx'
import { compareSpeakers, matchesFilter, type SpeakerFilter, speakerFilters } from './speaker-filter.ts'

const ClaimDialog = lazy(() => import('./claim-dialog.tsx').then((dialog) => dialog.ClaimDialog))
const rowPx = 68

const SpeakerRow = ({ speaker }: { readonly speaker: LiveSpeaker }) => {
  const t = useText()
  const device = speaker.device.value
  const turn = speaker.turn.value
  const stateText = useStateText(device, turn)
  const words = turn?.reply ?? turn?.heard
  return (
    <a class="speaker-row" href={`/speakers/${device.device_id}`}>
      <StateDot device={device} turn={turn} />
      <span class="speaker-words">
        <span class="clip">
          <span class="speaker-name">{device.name ?? t.speakers.unnamed}</span>
          <span class="soft small phone-only"> · {device.room ?? t.speakers.noRoom}</span>
        </span>
        <span class="soft small phone-only clip">{stateText}</span>
      </span>
      <span class="soft wide-only clip">{device.room ?? t.speakers.noRoom}</span>
      <span class="wide-only clip">
        {stateText}
        {words && <span class="soft"> “{words}”</span>}
      </span>
      <span class="badges">
        <ConcernBadges device={device} />
        {device.online && device.volume !== null && (
          <span class="row-tight soft small number wide-only">
            <Volume2 size={15} aria-hidden="true" />
            <span class="only-read">{t.speakers.volumeIs(decimal(device.volume))}</span>
            <span aria-hidden="true">{device.volume}</span>
          </span>
        )}
      </span>
    </a>
  )
}

const NoSpeakers = ({ onClaim }: { readonly onClaim: () => void }) => {
  const t = useText()
  const mayClaim = may(currentHome.value?.home_id, 'admin')
  return (
    <EmptyState
      icon={SpeakerIcon}
      title={t.speakers.emptyTitle}
      actions={
        mayClaim && (
          <Button kind="primary" icon={Plus} onClick={onClaim}>
            {t.speakers.claim}
          </Button>
        )
      }
    >
      {mayClaim ? t.speakers.emptyText : t.speakers.emptyViewer}
    </EmptyState>
  )
}

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index])

/** The speakers of the current home in their order; ordered anew only when one comes, goes, or is renamed. */
const ordered = computed(() => {
  void arrangement.value
  const compare = compareSpeakers(locale.value)
  return allSpeakers.value
    .filter(({ device }) => device.peek().home_id === currentHome.value?.home_id)
    .toSorted((a, b) => compare(a.device.peek(), b.device.peek()))
})

/** Those that the filter lets through: the same array as before when they are the same, so that nothing is drawn for nothing. */
const useShown = (filter: SpeakerFilter, search: string): readonly LiveSpeaker[] => {
  const shown = useMemo(() => {
    let before: readonly LiveSpeaker[] = []
    return computed(() => {
      if (filter === 'all' && search === '') return ordered.value
      const next = ordered.value.filter(({ device }) => matchesFilter(device.value, filter, search))
      if (!isSame(before, next)) before = next
      return before
    })
  }, [filter, search])
  return shown.value
}

const onlineCount = computed(() => ordered.value.filter(({ device }) => device.value.online).length)

const SpeakerList = ({ filter, search }: { readonly filter: SpeakerFilter; readonly search: string }) => {
  const t = useText()
  const shown = useShown(filter, search)
  if (shown.length === 0) {
    return (
      <EmptyState icon={SearchX} title={t.speakers.noMatchTitle}>
        {t.speakers.noMatchText}
      </EmptyState>
    )
  }
  return (
    <VirtualList
      items={shown}
      keyOf={({ device }) => device.peek().device_id}
      rowPx={rowPx}
      label={t.speakers.title}
      class="speaker-rows"
    >
      {(speaker) => <SpeakerRow speaker={speaker} />}
    </VirtualList>
  )
}

/** The live list. It is the first page, so what is not needed at once comes later. `code`: a link of a speaker that wants an owner. */
export const Speakers = ({ code }: { readonly code?: string }) => {
  const { route } = useLocation()
  const t = useText()
  const [search, setSearch] = useState('')
  const [filter, setFilter] = useState<SpeakerFilter>('all')
  const [isClaiming, setClaiming] = useState(code !== undefined)
  const all = ordered.value.length
  const online = onlineCount.value
  const list = speakerList.value
  const mayClaim = may(currentHome.value?.home_id, 'admin')
  const isReady = list.type === 'ready'

  if (!currentHome.value) {
    return (
      <Page title={t.speakers.title}>
        <EmptyState icon={SpeakerIcon} title={t.states.noHomeTitle}>
          {t.states.noHomeText}
        </EmptyState>
      </Page>
    )
  }
  return (
    <Page
      title={t.speakers.title}
      intro={isReady && all > 0 ? t.speakers.summary(decimal(online), decimal(all)) : undefined}
      actions={
        mayClaim &&
        all > 0 && (
          <Button kind="primary" icon={Plus} onClick={() => setClaiming(true)}>
            {t.speakers.claim}
          </Button>
        )
      }
    >
      {list.type === 'loading' && <SkeletonRows count={6} />}
      {list.type === 'failed' && (
        <ErrorState
          failure={list.failure}
          onRetry={() => {
            refreshCount.value += 1
          }}
        />
      )}
      {isReady && all === 0 && <NoSpeakers onClaim={() => setClaiming(true)} />}
      {isReady && all > 0 && (
        <>
          <div class="toolbar">
            <SearchField label={t.speakers.search} value={search} onInput={setSearch} />
            <Segments
              label={t.speakers.filter}
              value={filter}
              choices={speakerFilters.map((value) => ({ value, text: t.speakers[value] }))}
              onChange={setFilter}
            />
          </div>
          <div class="card">
            <SpeakerList filter={filter} search={search} />
          </div>
        </>
      )}
      {isClaiming && mayClaim && (
        <ClaimDialog
          {...(code !== undefined && { code })}
          onClose={() => {
            setClaiming(false)
            if (code !== undefined) route('/', true)
          }}
        />
      )}
    </Page>
  )
}
