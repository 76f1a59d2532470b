import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { contract, endpointNames } from '../../src/api/contract.ts'
import { type Endpoint, isBinary } from '../../src/api/endpoint.ts'
import { pathParams } from '../../src/api/fields.ts'

const endpoints = endpointNames.map((name) => ({ name, spec: contract[name] as Endpoint }))
const paramsOf = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')

describe('the contract', () => {
  test('has an access rule for every endpoint', () => {
    expect(endpoints.filter(({ spec }) => spec.access.type === undefined).map(({ name }) => name)).toEqual([])
  })

  test('names each method and path once', () => {
    const keys = endpoints.map(({ spec }) => `${spec.method} ${spec.path.replaceAll(/\{\w+\}/g, '{}')}`)
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([])
  })

  test('checks the home of whatever a path names', () => {
    const open = endpoints.filter(({ spec }) => {
      const names = paramsOf(spec.path)
      const namesAHome = names.some((name) => ['home_id', 'device_id', 'session_id'].includes(name))
      return namesAHome && spec.access.type !== 'of_home'
    })
    expect(open.map(({ name }) => name)).toEqual([])
  })

  test('looks the home up by a parameter that the path has', () => {
    for (const { spec } of endpoints) {
      for (const name of paramsOf(spec.path)) expect(Object.hasOwn(pathParams, name)).toBe(true)
      if (spec.access.type === 'of_home') expect(paramsOf(spec.path)).toContain(spec.access.by)
    }
  })

  test('lets viewers change nothing in a home', () => {
    const writing = endpoints.filter(
      ({ name, spec }) =>
        spec.method !== 'GET' &&
        spec.access.type === 'of_home' &&
        spec.access.atLeast === 'viewer' &&
        name !== 'leaveHome',
    )
    expect(writing.map(({ name }) => name)).toEqual([])
  })

  test('refuses unknown fields in every body', () => {
    for (const { name, spec } of endpoints) {
      if (spec.body === undefined || isBinary(spec.body)) continue
      const issues = v.safeParse(spec.body, { is_system_admin: true, home_id_of_another: 'x' }).issues ?? []
      expect(
        issues.some((issue) => issue.type === 'strict_object' && issue.expected === 'never'),
        name,
      ).toBe(true)
    }
  })

  test('never sends a secret of the AI settings back', () => {
    const view = contract.getAiSettings.reply.entries.llm.options.flatMap((option) => Object.keys(option.entries))
    expect(view).not.toContain('api_key')
  })
})
