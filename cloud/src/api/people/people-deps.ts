import type { Clock } from '@mynah/shared/time/clock.ts'
import type { AccessTokens } from '../../auth/access-token.ts'
import type { LoginLimits } from '../../auth/login-limits.ts'
import type { Passwords } from '../../auth/passwords.ts'
import type { Principals } from '../../auth/principals.ts'
import type { ApiStores } from '../../store/api-stores.ts'
import type { Store } from '../../store/open-store.ts'

/** What the actions about people need. */
export type PeopleDeps = {
  readonly clock: Clock
  readonly stores: ApiStores
  readonly audit: Store['audit']
  readonly setup: Store['setup']
  readonly defaultHomeId: () => string
  readonly passwords: Passwords
  readonly accessTokens: AccessTokens
  readonly principals: Principals
  readonly loginLimits: LoginLimits
}
