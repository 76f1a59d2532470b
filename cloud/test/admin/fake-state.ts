import type { AiSettingsView } from '@mynah/shared/api/ai-settings.ts'
import type { AlertRecord, ProviderAlert } from '@mynah/shared/api/alerts.ts'
import type { DeviceDetail, DeviceView } from '@mynah/shared/api/devices.ts'
import type { HomeView, InvitationView, MemberView } from '@mynah/shared/api/homes.ts'
import type { LiveEvent } from '@mynah/shared/api/live.ts'
import type { ApiTokenView, LoginView, Me } from '@mynah/shared/api/people.ts'
import type { ProblemCode } from '@mynah/shared/api/problem.ts'
import type { ScheduledView } from '@mynah/shared/api/schedules.ts'
import type { BackupView } from '@mynah/shared/api/system.ts'
import type { HomeRetentionView, TurnDetail } from '@mynah/shared/api/turns.ts'
import type { RecordingQuality } from '@mynah/shared/wire/own-words.ts'
import { alertHistoryOf } from './fake-alerts.ts'
import { type At, homesOf, invitationsOf, loginsOf, membersOf, peopleOf, timesFrom, tokensOf } from './fake-people.ts'
import { aiSettingsOf, backupsOf, detailOf, devicesOf, scheduleOf, turnsOf } from './fake-speakers.ts'

type WithoutId<E> = E extends { event_id: string } ? Omit<E, 'event_id' | 'at'> : never
export type FakeEvent = WithoutId<LiveEvent>

export type FakeState = {
  readonly at: At
  readonly setupToken: string
  needsSetup: boolean
  people: Me[]
  homes: HomeView[]
  members: MemberView[]
  invitations: InvitationView[]
  logins: LoginView[]
  tokens: ApiTokenView[]
  readonly devices: Map<string, DeviceDetail>
  schedule: ScheduledView[]
  turns: TurnDetail[]
  /** Of every speaker. */
  ownWords: { word: string; active: boolean }[]
  /** What the next recordings of a word come to; good when empty. */
  readonly nextQualities: RecordingQuality[]
  readonly ai: Map<string, AiSettingsView>
  readonly retention: Map<string, HomeRetentionView>
  alerts: ProviderAlert[]
  alertHistory: AlertRecord[]
  backups: BackupView[]
  /** The next call of this endpoint is refused so, once. */
  readonly refuseNext: Map<string, { readonly status: number; readonly code: ProblemCode }>
  /** How long each answer takes. */
  delayMs: number
  readonly emit: (event: FakeEvent) => void
}

export type FakeOptions = {
  readonly startMs: number
  readonly extraSpeakers?: number
  readonly turns?: number
  readonly empty?: boolean
}

export const newFakeState = (
  { startMs, extraSpeakers = 0, turns = 130, empty = false }: FakeOptions,
  emit: FakeState['emit'],
): FakeState => {
  const at = timesFrom(startMs)
  return {
    at,
    setupToken: 'setup-token-0123456789',
    needsSetup: false,
    people: [...peopleOf()],
    homes: homesOf(at),
    members: membersOf(at),
    invitations: empty ? [] : invitationsOf(at),
    logins: loginsOf(at),
    tokens: empty ? [] : tokensOf(at),
    devices: new Map(
      (empty ? [] : devicesOf(at, extraSpeakers)).map((view) => [view.device_id, detailOf(view, at)] as const),
    ),
    schedule: empty ? [] : scheduleOf(at),
    turns: empty ? [] : turnsOf(at, turns),
    ownWords: [{ word: 'computer', active: true }],
    nextQualities: [],
    ai: new Map(['h-home', 'h-office'].map((homeId) => [homeId, aiSettingsOf(homeId, at)])),
    retention: new Map([['h-home', { keep_days: 90, keep_sound: true }]]),
    alerts: [],
    alertHistory: empty ? [] : alertHistoryOf(at),
    backups: empty ? [] : backupsOf(at),
    refuseNext: new Map(),
    delayMs: 0,
    emit,
  }
}

/** The list's part of a speaker. */
export const viewOf = ({
  enrolled_at,
  config,
  keep_days,
  keep_sound,
  turn_count,
  events,
  ...view
}: DeviceDetail): DeviceView => view
