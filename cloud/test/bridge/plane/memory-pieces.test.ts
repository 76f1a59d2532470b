import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryPieces } from '../../../src/bridge/plane/memory-pieces.ts'

test('every piece has its size, is empty, and is nobody else’s', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(90), { maxLength: 60 }), (sizes) => {
      const cut = createMemoryPieces(64)
      const pieces = sizes.map((sizeBytes, index) => {
        const piece = cut(sizeBytes)
        expect([...piece]).toEqual(Array.from({ length: sizeBytes }, () => 0))
        return piece.fill(index + 1)
      })
      for (const [index, piece] of pieces.entries()) expect(piece.every((byte) => byte === index + 1)).toBe(true)
    }),
  )
})

test('many small pieces share one memory', () => {
  const cut = createMemoryPieces(1_000)
  expect(new Set(Array.from({ length: 40 }, () => cut(100).buffer)).size).toBe(4)
})
