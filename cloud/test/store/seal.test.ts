import { expect, test } from 'vitest'
import { createSealer, SealError } from '../../src/store/seal.ts'

const sealer = createSealer(new Uint8Array(32).fill(1))
const codeOf = (attempt: () => unknown): string => {
  try {
    attempt()
    return 'opened'
  } catch (error) {
    return error instanceof SealError ? error.code : String(error)
  }
}

test('what was sealed opens at its place', () => {
  expect(sealer.openText(sealer.sealText('你好, bird', 'turns.heard/1'), 'turns.heard/1')).toBe('你好, bird')
})

test('the same text never looks the same twice and never shows', () => {
  const first = Buffer.from(sealer.sealText('set a timer', 'a'))
  expect(first.equals(sealer.sealText('set a timer', 'a'))).toBe(false)
  expect(first.toString('latin1')).not.toContain('timer')
})

test('a value that was moved to another row does not open', () => {
  expect(codeOf(() => sealer.openText(sealer.sealText('x', 'turns/1'), 'turns/2'))).toBe('not_authentic')
})

test('every changed byte is noticed', () => {
  const sealed = sealer.sealText('hello', 'a')
  for (let index = 0; index < sealed.length; index++) {
    const changed = Uint8Array.from(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(codeOf(() => sealer.open(changed, 'a'))).not.toBe('opened')
  }
})

test('a value of another key names both keys', () => {
  const other = createSealer(new Uint8Array(32).fill(2))
  expect(codeOf(() => other.open(sealer.sealText('x', 'a'), 'a'))).toBe('wrong_key')
  expect(() => other.open(sealer.sealText('x', 'a'), 'a')).toThrowError(new RegExp(`${sealer.keyId}.*${other.keyId}`))
})

test('a cut-off value is refused with both lengths', () => {
  expect(() => sealer.open(sealer.sealText('', 'a').subarray(0, 20), 'a')).toThrowError(/33 bytes, a has 20/)
})
