import { randomBytes } from 'node:crypto'
import type { Clock } from '@mynah/shared/time/clock.ts'
import type { NewEvent } from './new-event.ts'
import { textFrame } from './text-frame.ts'

/** An event as every browser of its home gets it: serialised once, and once put into a frame. */
export type WrittenEvent = {
  readonly number: number
  readonly homeId: string
  readonly isSpoken: boolean
  /** A WebSocket message of JSON, ready to be sent. */
  readonly frame: Buffer
}

/** The last event that was written. Ids are `epoch.number`; the epoch is another one after each start of the cloud. */
export type EventPosition = { readonly epoch: string; readonly number: number }

export const eventIdOf = ({ epoch, number }: EventPosition): string => `${epoch}.${number}`

export type EventWriter = {
  readonly write: (event: NewEvent) => WrittenEvent
  readonly position: () => EventPosition
}

export const createEventWriter = ({ clock }: { readonly clock: Pick<Clock, 'wallTime'> }): EventWriter => {
  const epoch = randomBytes(6).toString('base64url')
  let number = 0
  const textOf = ({ type, home_id, device_id, fields, deviceJson }: NewEvent): string => {
    const event_id = eventIdOf({ epoch, number })
    const text = JSON.stringify({ type, event_id, at: clock.wallTime().toISOString(), home_id, device_id, ...fields })
    return deviceJson === undefined ? text : `${text.slice(0, -1)},"device":${deviceJson}}`
  }
  return {
    write: (event) => {
      number += 1
      return { number, homeId: event.home_id, isSpoken: event.type === 'session', frame: textFrame(textOf(event)) }
    },
    position: () => ({ epoch, number }),
  }
}
