import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { mqttPasswordOf } from '@mynah/shared/wire/session-keys.ts'
import { createAccessTokens } from '../../src/auth/access-token.ts'
import { createApiStores } from '../../src/store/api-stores.ts'
import { openStore } from '../../src/store/open-store.ts'

export type SeededSpeaker = { readonly deviceId: string; readonly password: string }

/** One household: its speakers and what its person signs in with. */
export type SeededHome = {
  readonly speakers: readonly SeededSpeaker[]
  /** JWTs as logins get them, each of another login of the one person: good for ten minutes. */
  readonly tokens: readonly string[]
}

const rooms = ['Kitchen', 'Bath', 'Attic', 'Hall', '客厅', '卧室', 'Garden', 'Office']

/** Writes a home with configured speakers into the database of a cloud that does not run. */
export const seedHome = (
  dataDir: string,
  { name, speakers: count, logins }: { readonly name: string; readonly speakers: number; readonly logins: number },
): SeededHome => {
  const store = openStore({ dataDir, clock: systemClock, log: silentLog })
  const stores = createApiStores({ db: store.db, sealer: store.sealer, sounds: store.sounds, clock: systemClock })
  try {
    return stores.atOnce(() => {
      const home = stores.homes.add({ name })
      const person = stores.people.add({
        login: name,
        name,
        passwordHash: 'none: nobody signs in with a password here',
        isSystemAdmin: false,
        language: 'en',
      })
      if (!person) throw new Error(`There is a person ${name} already`)
      stores.homes.setRole(home.home_id, person.personId, 'admin')
      const speakers = Array.from({ length: count }, (_, index): SeededSpeaker => {
        const deviceId = `${name}-${String(index).padStart(4, '0')}`
        const secret = new Uint8Array(32).fill(index & 255)
        store.devices.save({ deviceId, homeId: home.home_id, secret })
        const room = rooms[index % rooms.length] ?? 'Room'
        store.configs.add(deviceId, (version) => ({
          v: 1,
          version,
          name: `${room} ${index}`,
          room,
          language: 'en',
          volume: 40,
        }))
        store.configs.acknowledge(deviceId, 1, { state: 'applied' })
        return { deviceId, password: mqttPasswordOf(secret) }
      })
      const accessTokens = createAccessTokens({ key: stores.signingKey, clock: systemClock })
      const tokens = Array.from({ length: logins }, () => {
        const { loginId } = stores.logins.begin(person.personId, 'benchmark')
        return accessTokens.issue({ personId: person.personId, loginId }).token
      })
      return { speakers, tokens }
    })
  } finally {
    store.close()
  }
}
