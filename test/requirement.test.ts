import { expect, test } from 'vitest'
import { both, programNamed, requirement, skippedFor, testDataAt } from './requirement.ts'

test('the name of a skipped test says what is missing and how to get it, for the end of the run', () => {
  const openssl = requirement(false, 'openssl: apt install openssl')
  const name = openssl.naming('speakers connect by TLS')
  expect(name).toBe('speakers connect by TLS [skipped: openssl: apt install openssl]')
  expect(skippedFor.exec(name)?.[1]).toBe('openssl: apt install openssl')
})

test('a test that has all it needs is called as it is', () => {
  const node = programNamed('node')
  expect(node.isMet).toBe(true)
  expect(node.naming('runs')).toBe('runs')
  expect(skippedFor.exec(node.naming('runs'))).toBeNull()
})

test('of two requirements the first that is missing is told', () => {
  const there = requirement(true, 'nothing')
  const engine = programNamed('no-such-engine', 'engines')
  const model = testDataAt('no-such-model')
  expect(both(there, there).isMet).toBe(true)
  expect(both(engine, model).naming('hears')).toBe('hears [skipped: no-such-engine: apt install engines]')
  expect(both(there, model).naming('hears')).toMatch(/no-such-model: test data/)
})
