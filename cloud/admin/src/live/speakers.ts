import type { ApiFailure } from '@mynah/shared/api/client.ts'
import type { DeviceView } from '@mynah/shared/api/devices.ts'
import type { LiveEvent } from '@mynah/shared/api/live.ts'
import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { api } from '../session/session.ts'
import { browserClock } from '../time/browser-clock.ts'
import { onLiveEvent } from './connection.ts'
import { refreshCount } from './refresh.ts'

export type SessionEvent = Extract<LiveEvent, { type: 'session' }>
export type LiveSpeaker = {
  readonly device: Signal<DeviceView>
  /** The turn under way; undefined while the speaker rests. */
  readonly turn: Signal<SessionEvent | undefined>
}

type ListState =
  | { readonly type: 'loading' }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly failure: ApiFailure }

const speakers = new Map<string, LiveSpeaker>()
const turns = new Map<string, LiveSpeaker['turn']>()

/** Apart from the list: a turn may begin before the list has come. */
const turnOf = (deviceId: string): LiveSpeaker['turn'] => {
  const known = turns.get(deviceId)
  if (known) return known
  const made = signal<SessionEvent | undefined>(undefined)
  turns.set(deviceId, made)
  return made
}
/** Counts changes of what a list is ordered by, so that a report of volume or temperature orders nothing anew. */
const arrangementSignal = signal(0)
const membershipSignal = signal<readonly LiveSpeaker[]>([])
const listSignal = signal<ListState>({ type: 'loading' })

/** Every speaker I may see. Changes when one comes or goes; what one reports changes only its own signal, so only its row is drawn again. */
export const allSpeakers: ReadonlySignal<readonly LiveSpeaker[]> = membershipSignal
export const arrangement: ReadonlySignal<number> = arrangementSignal
export const speakerList: ReadonlySignal<ListState> = listSignal
/** One speaker; read while rendering it is drawn again when the speaker comes or goes. */
export const speakerOf = (deviceId: string): LiveSpeaker | undefined => {
  void membershipSignal.value
  return speakers.get(deviceId)
}

const publishMembership = () => {
  membershipSignal.value = [...speakers.values()]
}

/** Takes over one speaker as the cloud or an optimistic change says it is. */
export const putSpeaker = (device: DeviceView): void => {
  const known = speakers.get(device.device_id)
  if (known) {
    const before = known.device.peek()
    known.device.value = device
    const isMoved = before.name !== device.name || before.room !== device.room || before.home_id !== device.home_id
    if (isMoved) arrangementSignal.value += 1
  } else {
    speakers.set(device.device_id, { device: signal(device), turn: turnOf(device.device_id) })
    publishMembership()
  }
}

export const dropSpeaker = (deviceId: string): void => {
  if (speakers.delete(deviceId)) publishMembership()
}

const readAll = async (abort: AbortSignal): Promise<ListState> => {
  const found: DeviceView[] = []
  let cursor: string | undefined
  do {
    const page = await api.call('listDevices', { query: { limit: 1_000, cursor } }, { signal: abort })
    if (!page.ok) return { type: 'failed', failure: page.error }
    found.push(...page.value.items)
    cursor = page.value.next_cursor ?? undefined
  } while (cursor !== undefined)
  const present = new Set(found.map(({ device_id: id }) => id))
  batch(() => {
    for (const id of [...speakers.keys()].filter((known) => !present.has(known))) dropSpeaker(id)
    for (const device of found) putSpeaker(device)
  })
  return { type: 'ready' }
}

/** Fetches the list. What is shown stays until the answer is there. */
export const loadSpeakers = async (abort: AbortSignal): Promise<void> => {
  const outcome = await readAll(abort)
  if (abort.aborted) return
  if (outcome.type === 'ready' || listSignal.peek().type !== 'ready') listSignal.value = outcome
}

const apply = (event: LiveEvent): void => {
  if (event.type === 'status_update') putSpeaker(event.device)
  else if (event.type === 'device_removed') dropSpeaker(event.device_id)
  else if (event.type === 'session') {
    turnOf(event.device_id).value = event.phase === 'ended' ? undefined : event
  }
}

/** Keeps the speakers up to date. Events of 40 ms are applied together, so a thousand reports cost one drawing. */
export const followSpeakers = (abort: AbortSignal): void => {
  let waiting: LiveEvent[] = []
  const flush = () => {
    const events = waiting
    waiting = []
    batch(() => events.forEach(apply))
  }
  const stopEvents = onLiveEvent((event) => {
    if (waiting.length === 0) browserClock.startTimer(40, flush)
    waiting.push(event)
  })
  const stopRefresh = refreshCount.subscribe(() => void loadSpeakers(abort))
  abort.addEventListener('abort', () => {
    stopEvents()
    stopRefresh()
    speakers.clear()
    turns.clear()
    publishMembership()
    listSignal.value = { type: 'loading' }
  })
}
