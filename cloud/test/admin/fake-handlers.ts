import { contract, type EndpointName } from '@mynah/shared/api/contract.ts'
import { type Role, roles } from '@mynah/shared/api/endpoint.ts'
import type { Me } from '@mynah/shared/api/people.ts'
import type { Handlers } from './fake-call.ts'
import { firmwareHandlers } from './fake-firmware-handlers.ts'
import { ownWordHandlers } from './fake-own-word-handlers.ts'
import { peopleHandlers } from './fake-people-handlers.ts'
import { speakerHandlers } from './fake-speaker-handlers.ts'
import { systemHandlers } from './fake-system-handlers.ts'

export const fakeHandlers: Handlers = {
  ...peopleHandlers,
  ...speakerHandlers,
  ...ownWordHandlers,
  ...systemHandlers,
  ...firmwareHandlers,
}

/** The rule of the contract, as far as a fake with homes by their ids needs it. */
export const mayCall = (name: EndpointName, me: Me, homeId: string | undefined): boolean => {
  const { access } = contract[name]
  if (access.type === 'system') return me.is_system_admin
  if (access.type !== 'of_home') return true
  const role: Role | undefined = me.homes.find(({ home_id: id }) => id === homeId)?.role
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(access.atLeast)
}
