import type { Clock } from '@mynah/shared/time/clock.ts'
import type { CloudPlace } from '@mynah/shared/wire/moved-cloud.ts'
import type { ScheduleItem } from '@mynah/shared/wire/schedule-item.ts'
import type { BrokerClient } from '../../broker/broker-client.ts'
import type { Steering } from '../../devices/steering.ts'
import type { Speakers } from '../../live/speakers.ts'
import type { ApiStores } from '../../store/api-stores.ts'
import type { Store } from '../../store/open-store.ts'
import type { ClaimCodes } from './claim-codes.ts'

/** What the actions about speakers need. */
export type DevicesDeps = {
  readonly clock: Clock
  readonly stores: ApiStores
  readonly store: Pick<Store, 'audit' | 'configs' | 'devices' | 'enrolment' | 'retention'>
  readonly speakers: Speakers
  readonly steering: Steering
  readonly broker: Pick<BrokerClient, 'disconnect'>
  readonly claimCodes: ClaimCodes
  /** Timers and alarms as a speaker last reported them. */
  readonly scheduleOf: (deviceId: string) => readonly ScheduleItem[]
  /** Under which speakers and people reach this cloud. */
  readonly cloudUrl: () => string
  /** Where the rest of this cloud is for a speaker that reached it at `url`; undefined when that is no address of this machine. */
  readonly placeAt: (url: URL, deviceId: string) => CloudPlace | undefined
}
