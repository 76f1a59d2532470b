import type { ProviderAlert } from '@mynah/shared/api/alerts.ts'
import type { LiveEvent } from '@mynah/shared/api/live.ts'
import { type ReadonlySignal, signal } from '@preact/signals'
import { api } from '../session/session.ts'
import { onLiveEvent } from './connection.ts'
import { refreshCount } from './refresh.ts'

const alerts = signal<readonly ProviderAlert[]>([])

/** Engines of my homes that fail, in the order in which they began to. */
export const providerAlerts: ReadonlySignal<readonly ProviderAlert[]> = alerts

type StageEvent = Pick<ProviderAlert, 'stage' | 'code'>

const stageOf = ({ stage, code }: Readonly<Record<string, unknown>>): StageEvent | undefined => {
  if (typeof code !== 'string') return undefined
  return stage === 'stt' || stage === 'llm' || stage === 'tts' ? { stage, code } : undefined
}

/** Pure: what is raised after an event; the very same list when the event is about something else. */
export const alertsAfter = (before: readonly ProviderAlert[], event: LiveEvent): readonly ProviderAlert[] => {
  if (event.type !== 'alert' || event.kind !== 'provider_failed') return before
  const found = stageOf(event.detail)
  if (!found) return before
  const { home_id, device_id, at } = event
  const others = before.filter((alert) => alert.home_id !== home_id || alert.stage !== found.stage)
  if (event.state === 'cleared') return others
  return [...others, { kind: 'provider_failed', home_id, device_id, at, ...found }]
}

/** Keeps the alerts up to date until aborted. */
export const followAlerts = (abort: AbortSignal): void => {
  /** What came while the list was on its way: the list may be older. */
  let meanwhile: LiveEvent[] | undefined
  const load = async () => {
    const since: LiveEvent[] = []
    meanwhile = since
    const listed = await api.call('listAlerts', {}, { signal: abort })
    if (meanwhile === since) meanwhile = undefined
    if (listed.ok && !abort.aborted) alerts.value = since.reduce(alertsAfter, listed.value.items)
  }
  const stopEvents = onLiveEvent((event) => {
    if (event.type !== 'alert') return
    meanwhile?.push(event)
    alerts.value = alertsAfter(alerts.peek(), event)
  })
  const stopRefresh = refreshCount.subscribe(() => void load())
  abort.addEventListener('abort', () => {
    stopEvents()
    stopRefresh()
    alerts.value = []
  })
}
