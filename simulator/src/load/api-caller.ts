import type { FleetPerson } from './fleet.ts'
import type { ViolationCount } from './violation-count.ts'

/** Somebody who calls the API. */
export type Caller = {
  readonly person: FleetPerson
  /** Its token is of a login: it ends by the cloud's clock, and the login renews it. */
  readonly hasLogin: boolean
  token: string
  /** Of the login, as a browser sends it back. */
  cookie: string
  isRenewing: boolean
  readonly etags: Map<string, string>
}

/** What all calls have seen. */
export type ApiTally = {
  readonly violations: ViolationCount
  readonly note: (status: number, ms: number) => void
  /** Whether this answer says that an access token is over which may be; its login then renews it. */
  readonly isEndedToken: (caller: Caller, status: number) => boolean
  /** A configuration was applied, but not within the second that the cloud waits. */
  readonly noteLate: () => void
}
