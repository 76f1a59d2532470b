import { contract, type EndpointName } from '@mynah/shared/api/contract.ts'
import type { Endpoint } from '@mynah/shared/api/endpoint.ts'
import { isBinary } from '@mynah/shared/api/endpoint.ts'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { fieldFaultOf } from '../../src/api/field-fault.ts'

/** What the contract of this endpoint says of a body: field, rule, bound. */
const faultsOf = (name: EndpointName, body: object) => {
  const { body: spec }: Endpoint = contract[name]
  if (spec === undefined || isBinary(spec)) throw new Error(`${name} takes no JSON`)
  const parsed = v.safeParse(spec, body)
  return (parsed.issues ?? []).map((issue) => {
    const { rule, limit } = fieldFaultOf(issue)
    return [v.getDotPath(issue), rule, limit]
  })
}
const person = { token: 'a'.repeat(20), login: 'ada', password: 'correct horse battery', home_name: 'Casa' }

test.each([
  ['a name of blanks', 'createHome', { name: '   ' }, ['name', 'empty', undefined]],
  ['a name of 300 characters', 'createHome', { name: 'n'.repeat(300) }, ['name', 'too_long', 100]],
  ['a name with a line break', 'createHome', { name: 'a\nb' }, ['name', 'wrong_form', undefined]],
  ['no name at all', 'createHome', {}, ['name', 'missing', undefined]],
  ['a number for a name', 'createHome', { name: 5 }, ['name', 'wrong_form', undefined]],
  ['a short password', 'setUp', { ...person, password: 'short' }, ['password', 'too_short', 10]],
  ['a login with a blank', 'setUp', { ...person, login: 'ada l' }, ['login', 'wrong_form', undefined]],
  ['a field nobody knows', 'setUp', { ...person, colour: 'red' }, ['colour', 'unknown_field', undefined]],
  ['a role nobody has', 'createInvitation', { role: 'king' }, ['role', 'wrong_choice', undefined]],
  ['a volume beyond the end', 'setDeviceConfig', { volume: 101 }, ['volume', 'too_large', 100]],
  ['half a volume', 'setDeviceConfig', { volume: 10.5 }, ['volume', 'not_whole', undefined]],
  ['a zone of no atlas', 'updateHome', { time_zone: 'Mars/Base' }, ['time_zone', 'wrong_form', undefined]],
] as const)('%s breaks a rule that has a name', (_what, name, body, expected) => {
  expect(faultsOf(name, body)).toEqual([expected])
})

test('a name may be of any letters, and of none', () => {
  for (const name of ['厨房', '🦜🍳', 'Küche', 'a'.repeat(100)]) expect(faultsOf('createHome', { name })).toEqual([])
})
