import { describe, expect, test } from 'vitest'
import { parseJson } from '../src/parse-json.ts'

describe('parseJson', () => {
  test('gives the value of the text', () => {
    expect(parseJson('{"a": [1, "two", null]}')).toEqual({ a: [1, 'two', null] })
  })

  test('tells null from what is not JSON', () => {
    expect(parseJson('null')).toBeNull()
    for (const text of ['', 'undefined', '{"a": 1', 'a line of an engine']) expect(parseJson(text)).toBeUndefined()
  })
})
