import { describe, expect, test } from 'vitest'
import { createPathTable } from '../../src/api/path-table.ts'

const find = createPathTable([
  { path: '/api/turns', value: 'list' },
  { path: '/api/turns/export', value: undefined },
  { path: '/api/turns/{session_id}', value: 'turn' },
  { path: '/api/homes/{home_id}/members/{person_id}', value: 'member' },
])

describe('a path', () => {
  test.each([
    ['/api/turns', { value: 'list', params: {} }],
    ['/api/turns/s1', { value: 'turn', params: { session_id: 's1' } }],
    ['/api/turns/__proto__', { value: 'turn', params: { session_id: '__proto__' } }],
    ['/api/homes/h1/members/p1', { value: 'member', params: { home_id: 'h1', person_id: 'p1' } }],
  ])('%s is found with what stands in it', (path, found) => {
    expect(find(path)).toEqual(found)
  })

  test.each([
    '/api/turns/export',
    '/api/turns/',
    '/api/turns/s1/',
    '/api//s1',
    '/api/turns/%65xport',
    '/api/homes/h1/members',
    '/api/homes//members/p1',
    'api/turns',
    '',
  ])('"%s" is none of these', (path) => {
    expect(find(path)?.value).toBeUndefined()
  })

  test('with two names for one place is a mistake of who wrote it', () => {
    const twice = ['/api/a/{one}', '/api/a/{two}/b'].map((path) => ({ path, value: 1 }))
    expect(() => createPathTable(twice)).toThrow('{two} and {one}')
  })
})
