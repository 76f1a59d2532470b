import type { Principal } from '../auth/principals.ts'
import type { WrittenEvent } from './event-writer.ts'

/** Of all that is known of a caller what decides which events it gets. Survives structured cloning. */
export type LiveView = {
  readonly homes: ReadonlySet<string>
  /** What was said, too. */
  readonly maySeeTurns: boolean
}

export const viewOf = ({ homes, via }: Pick<Principal, 'homes' | 'via'>): LiveView => ({
  homes: new Set(homes.keys()),
  maySeeTurns: via.type === 'login' || via.scopes.has('turns:read'),
})

export const isSameView = (one: LiveView, other: LiveView): boolean =>
  one.maySeeTurns === other.maySeeTurns &&
  one.homes.size === other.homes.size &&
  [...one.homes].every((homeId) => other.homes.has(homeId))

export const mayHave = (view: LiveView, { homeId, isSpoken }: Pick<WrittenEvent, 'homeId' | 'isSpoken'>): boolean =>
  view.homes.has(homeId) && (!isSpoken || view.maySeeTurns)
