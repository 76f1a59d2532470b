import type { LiveEvent } from '@mynah/shared/api/live.ts'

/** What an event says beside what all have. `deviceJson`: a speaker that is JSON already. */
export type NewEvent = Pick<LiveEvent, 'type' | 'home_id' | 'device_id'> & {
  readonly fields?: Readonly<Record<string, unknown>>
  readonly deviceJson?: string
}
