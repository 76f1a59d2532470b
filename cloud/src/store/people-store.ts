import type { Clock } from '@mynah/shared/time/clock.ts'
import { type Language, languageSchema } from '@mynah/shared/wire/topics.ts'
import type Database from 'better-sqlite3'
import * as v from 'valibot'
import { blobColumn, instantColumn, jsonColumn, readRow } from './row.ts'
import type { Sealer } from './seal.ts'
import { newRecordId } from './secret-token.ts'

const personRow = v.object({
  person_id: v.string(),
  login: v.string(),
  name: v.string(),
  password_hash: v.string(),
  role: v.picklist(['admin', 'member', 'viewer']),
  language: languageSchema,
  totp_sealed: v.nullable(blobColumn),
  totp_confirmed_at: v.nullable(instantColumn),
  totp_last_step: v.number(),
  recovery_hashes: jsonColumn(v.array(v.string())),
})

/** Somebody with an account. `isSystemAdmin`: runs this cloud; what they may do in a home is their membership there. */
export type Person = {
  readonly personId: string
  readonly login: string
  readonly name: string
  readonly passwordHash: string
  readonly isSystemAdmin: boolean
  readonly language: Language
  /** Base32 secret of the second factor; it counts once it is confirmed. */
  readonly totp?: { readonly secret: string; readonly isConfirmed: boolean; readonly lastStep: number }
  /** sha256, hex, of the recovery codes that are left. */
  readonly recoveryHashes: readonly string[]
}

export type NewPerson = Pick<Person, 'login' | 'name' | 'passwordHash' | 'isSystemAdmin' | 'language'>

export type PeopleStore = {
  readonly count: () => number
  readonly find: (personId: string) => Person | undefined
  readonly findByLogin: (login: string) => Person | undefined
  /** Undefined when the login is taken. */
  readonly add: (person: NewPerson) => Person | undefined
  readonly rename: (personId: string, change: { readonly name?: string; readonly language?: Language }) => void
  readonly setPasswordHash: (personId: string, passwordHash: string) => void
  readonly setTotp: (
    personId: string,
    totp:
      | { readonly secret: string; readonly isConfirmed: boolean; readonly recoveryHashes: readonly string[] }
      | undefined,
  ) => void
  /** Notes a time step as used: false when it (or a later one) was used before, so that a code works once. */
  readonly useTotpStep: (personId: string, step: number) => boolean
  /** False when there is no such code (any more). */
  readonly useRecoveryHash: (personId: string, hash: string) => boolean
  readonly remove: (personId: string) => void
}

type PeopleStoreDeps = { readonly db: Database.Database; readonly sealer: Sealer; readonly clock: Clock }

const place = (personId: string) => `people.totp_sealed/${personId}`

const prepare = (db: Database.Database) => {
  const columns = Object.keys(personRow.entries).join(', ')
  return {
    count: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM people'),
    find: db.prepare<[string]>(`SELECT ${columns} FROM people WHERE person_id = ?`),
    findByLogin: db.prepare<[string]>(`SELECT ${columns} FROM people WHERE login = ?`),
    insert: db.prepare(`
      INSERT INTO people (person_id, login, name, password_hash, role, language, created_at)
      VALUES (@person_id, @login, @name, @password_hash, @role, @language, @created_at) ON CONFLICT (login) DO NOTHING`),
    rename: db.prepare(
      'UPDATE people SET name = coalesce(@name, name), language = coalesce(@language, language) WHERE person_id = @person_id',
    ),
    setPassword: db.prepare('UPDATE people SET password_hash = ? WHERE person_id = ?'),
    setTotp: db.prepare(`
      UPDATE people SET totp_sealed = @sealed, totp_confirmed_at = @confirmed_at, totp_last_step = 0, recovery_hashes = @hashes
      WHERE person_id = @person_id`),
    useStep: db.prepare(
      'UPDATE people SET totp_last_step = @step WHERE person_id = @person_id AND totp_last_step < @step',
    ),
    setHashes: db.prepare('UPDATE people SET recovery_hashes = ? WHERE person_id = ?'),
    remove: db.prepare('DELETE FROM people WHERE person_id = ?'),
  }
}

const toPerson = (sealer: Sealer, raw: unknown): Person => {
  const row = readRow(personRow, raw, 'people')
  return {
    personId: row.person_id,
    login: row.login,
    name: row.name === '' ? row.login : row.name,
    passwordHash: row.password_hash,
    isSystemAdmin: row.role === 'admin',
    language: row.language,
    ...(row.totp_sealed !== null && {
      totp: {
        secret: sealer.openText(row.totp_sealed, place(row.person_id)),
        isConfirmed: row.totp_confirmed_at !== null,
        lastStep: row.totp_last_step,
      },
    }),
    recoveryHashes: row.recovery_hashes,
  }
}

export const createPeopleStore = ({ db, sealer, clock }: PeopleStoreDeps): PeopleStore => {
  const statements = prepare(db)
  const now = () => clock.wallTime().toISOString()
  const read = (row: unknown) => (row === undefined ? undefined : toPerson(sealer, row))
  const find = (personId: string) => read(statements.find.get(personId))
  const useRecoveryHash = db.transaction((personId: string, hash: string): boolean => {
    const hashes = find(personId)?.recoveryHashes ?? []
    if (!hashes.includes(hash)) return false
    statements.setHashes.run(JSON.stringify(hashes.filter((kept) => kept !== hash)), personId)
    return true
  })
  return {
    count: () => statements.count.get()?.count ?? 0,
    find,
    findByLogin: (login) => read(statements.findByLogin.get(login)),
    add: ({ login, name, passwordHash, isSystemAdmin, language }) => {
      const personId = newRecordId()
      const role = isSystemAdmin ? 'admin' : 'member'
      const row = { person_id: personId, login, name, password_hash: passwordHash, role, language, created_at: now() }
      return statements.insert.run(row).changes === 1 ? find(personId) : undefined
    },
    rename: (personId, { name, language }) =>
      void statements.rename.run({ person_id: personId, name: name ?? null, language: language ?? null }),
    setPasswordHash: (personId, passwordHash) => void statements.setPassword.run(passwordHash, personId),
    setTotp: (personId, totp) =>
      void statements.setTotp.run({
        person_id: personId,
        sealed: totp ? sealer.sealText(totp.secret, place(personId)) : null,
        confirmed_at: totp?.isConfirmed ? now() : null,
        hashes: JSON.stringify(totp?.recoveryHashes ?? []),
      }),
    useTotpStep: (personId, step) => statements.useStep.run({ person_id: personId, step }).changes === 1,
    useRecoveryHash: (personId, hash) => useRecoveryHash.immediate(personId, hash),
    remove: (personId) => void statements.remove.run(personId),
  }
}
