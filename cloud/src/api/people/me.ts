import type { Me } from '@mynah/shared/api/people.ts'
import type { ApiStores } from '../../store/api-stores.ts'
import type { Person } from '../../store/people-store.ts'

/** A person as they see themselves. */
export const meOf = (stores: Pick<ApiStores, 'homes'>, person: Person): Me => ({
  person_id: person.personId,
  login: person.login,
  name: person.name,
  language: person.language,
  is_system_admin: person.isSystemAdmin,
  has_totp: person.totp?.isConfirmed ?? false,
  homes: stores.homes.membershipsOf(person.personId).map(({ home_id, name, role }) => ({ home_id, name, role })),
})
