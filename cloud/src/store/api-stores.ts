import type { Clock } from '@mynah/shared/time/clock.ts'
import type Database from 'better-sqlite3'
import { createApiTokenStore } from './api-token-store.ts'
import { createChangeStore } from './change-store.ts'
import { createClaimCodeStore } from './claim-code-store.ts'
import { createDeviceRegistry } from './device-registry.ts'
import { createFirmwareStore } from './firmware-store.ts'
import { createHomeStore } from './home-store.ts'
import { createIdempotencyStore } from './idempotency-store.ts'
import { createInvitationStore } from './invitation-store.ts'
import { createLoginStore } from './login-store.ts'
import { createPeopleStore } from './people-store.ts'
import type { Sealer } from './seal.ts'
import { loadSigningKey } from './signing-key.ts'
import type { SoundStore } from './sound-store.ts'
import { createTurnArchive } from './turn-archive.ts'

/** What the API keeps, beside what speakers and turns need. */
export const createApiStores = (deps: {
  readonly db: Database.Database
  readonly sealer: Sealer
  readonly clock: Clock
  readonly sounds: Pick<SoundStore, 'removeDropped'>
}) => ({
  people: createPeopleStore(deps),
  homes: createHomeStore(deps),
  invitations: createInvitationStore(deps),
  logins: createLoginStore(deps),
  apiTokens: createApiTokenStore(deps),
  idempotency: createIdempotencyStore(deps),
  archive: createTurnArchive(deps),
  registry: createDeviceRegistry(deps),
  claimCodes: createClaimCodeStore(deps),
  firmware: createFirmwareStore(deps),
  changes: createChangeStore(deps),
  signingKey: loadSigningKey(deps),
  /** All or nothing, on disk when it returns. */
  atOnce: <T>(work: () => T): T => deps.db.transaction(work).immediate(),
})

export type ApiStores = ReturnType<typeof createApiStores>
