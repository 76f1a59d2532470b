import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { deviceSecretBytes } from '@mynah/shared/wire/session-keys.ts'
import * as v from 'valibot'
import { createPasswords } from '../auth/passwords.ts'
import { type ApiStores, createApiStores } from '../store/api-stores.ts'
import type { Store } from '../store/open-store.ts'
import { newSecretToken } from '../store/secret-token.ts'
import { type Command, exitCode, takeOptions } from './command.ts'
import { withStore } from './with-store.ts'

const whole = (min: number, max: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,7}$/), v.transform(Number), v.minValue(min), v.maxValue(max))
const optionsSchema = v.object({
  '--speakers': whole(1, 1_000_000),
  '--per-home': v.optional(whole(1, 10_000), '1'),
  '--people': v.optional(whole(0, 1_000), '0'),
  '--prefix': v.optional(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,19}$/)), 'fleet'),
  '--out': v.pipe(v.string(), v.minLength(1)),
})
type Options = v.InferOutput<typeof optionsSchema>

type FleetHome = { readonly home_id: string; readonly device_ids: readonly string[] }
type FleetDevice = { readonly device_id: string; readonly home_id: string; readonly secret: string }
type FleetPerson = {
  readonly login: string
  readonly password: string
  readonly token: string
  readonly home_ids: readonly string[]
}
/** What the file holds: every secret of the fleet. */
export type Fleet = {
  readonly homes: readonly FleetHome[]
  readonly devices: readonly FleetDevice[]
  readonly people: readonly FleetPerson[]
}

type Work = { readonly options: Options; readonly store: Store; readonly stores: ApiStores }

const deviceIdOf = (prefix: string, index: number) => `${prefix}-${String(index).padStart(7, '0')}`

const enrolDevices = ({ options, store, stores }: Work): Pick<Fleet, 'homes' | 'devices'> => {
  const { '--speakers': count, '--per-home': perHome, '--prefix': prefix } = options
  const homes: { home_id: string; device_ids: string[] }[] = []
  const devices = Array.from({ length: count }, (_, index) => {
    if (index % perHome === 0)
      homes.push({ home_id: stores.homes.add({ name: `${prefix} ${homes.length}` }).home_id, device_ids: [] })
    const home = homes.at(-1) ?? { home_id: '', device_ids: [] }
    const deviceId = deviceIdOf(prefix, index)
    const secret = randomBytes(deviceSecretBytes)
    store.devices.save({ deviceId, homeId: home.home_id, secret })
    home.device_ids.push(deviceId)
    return { device_id: deviceId, home_id: home.home_id, secret: secret.toString('base64url') }
  })
  return { homes, devices }
}

/** Each is admin of its share of the homes and sees the first one, so that one speaker has everybody watching. */
const addPeople = (
  { options, stores }: Work,
  homes: readonly FleetHome[],
  login: { readonly password: string; readonly passwordHash: string },
): readonly FleetPerson[] =>
  Array.from({ length: options['--people'] }, (_, index) => {
    const name = `${options['--prefix']}-person-${index}`
    const added = { login: name, name, passwordHash: login.passwordHash, isSystemAdmin: false, language: 'en' } as const
    const person = stores.people.add(added)
    if (!person) throw new Error(`the login ${name} is taken`)
    const own = homes.filter((_home, at) => at % options['--people'] === index)
    for (const { home_id } of own) stores.homes.setRole(home_id, person.personId, 'admin')
    const [first] = homes
    if (first && !own.includes(first)) stores.homes.setRole(first.home_id, person.personId, 'viewer')
    const scopes = ['devices:read', 'devices:write', 'turns:read'] as const
    const { token } = stores.apiTokens.add({ personId: person.personId, name: 'fleet', scopes })
    return { login: name, password: login.password, token, home_ids: own.map(({ home_id }) => home_id) }
  })

/**
 * `enrol-fleet --speakers 1000 --out FILE [--per-home 1] [--people 0] [--prefix fleet]`: enrols many speakers at once, for a
 * factory and for load tests, and writes their secrets to a file that only its owner can read. Only who may read the master key can
 * do this, and nothing comes by the network. All or nothing.
 */
export const enrolFleet: Command = async (context) => {
  const names = ['--speakers', '--per-home', '--people', '--prefix', '--out']
  const { values, rest } = takeOptions(context.args, { withValue: names, alone: [] })
  const parsed = v.safeParse(optionsSchema, Object.fromEntries(values))
  if (!parsed.success) {
    const [issue] = parsed.issues
    context.printError(`${v.getDotPath(issue)}: ${issue.received} is not allowed: ${issue.message}`)
    return exitCode.usage
  }
  const options = parsed.output
  // One hash for all: a person of a fleet has a password of 256 random bits, which no hash must protect from guessing.
  const password = newSecretToken()
  const passwordHash = (await createPasswords().hash(password)) ?? ''
  return withStore(context, rest, (store) => {
    const stores = createApiStores({ db: store.db, sealer: store.sealer, sounds: store.sounds, clock: context.clock })
    const first = deviceIdOf(options['--prefix'], 0)
    if (store.devices.find(first)) {
      context.printError(`There is a speaker ${first} already: choose another --prefix`)
      return exitCode.failed
    }
    const fleet = stores.atOnce((): Fleet => {
      const work = { options, store, stores }
      const enrolled = enrolDevices(work)
      const people = addPeople(work, enrolled.homes, { password, passwordHash })
      const detail = { speakers: enrolled.devices.length, homes: enrolled.homes.length, people: people.length }
      store.audit.add({ actor: 'command line', action: 'fleet_enrolled', target: options['--prefix'], detail })
      return { ...enrolled, people }
    })
    writeFileSync(options['--out'], JSON.stringify(fleet), { mode: 0o600 })
    context.print(
      `${fleet.devices.length} speakers in ${fleet.homes.length} homes, ${fleet.people.length} people: ${options['--out']}`,
    )
    return exitCode.ok
  })
}
