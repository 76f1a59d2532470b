import type { ScheduleChange, ScheduleItem } from '../wire/schedule-item.ts'
import type { Language, ToDeviceMessage } from '../wire/topics.ts'

/** What the dialogue knows of the speaker that asks; a snapshot made when the turn's text is final. */
export type SpeakerContext = {
  readonly deviceId: string
  readonly language: Language
  readonly name?: string
  readonly room?: string
  /** IANA name, such as Europe/Zurich. */
  readonly timeZone: string
  readonly volume: number
  readonly schedule: readonly ScheduleItem[]
  /** False for what cannot ring by itself (a browser): it is told so instead of setting what nobody would hear. Absent: it can. */
  readonly keepsSchedule?: boolean
}

/** What the answer does beside being spoken. */
export type DialogueAction =
  | { readonly type: 'schedule'; readonly change: ScheduleChange }
  | { readonly type: 'command'; readonly command: ToDeviceMessage<'command'>['command'] }
