import { expect, it } from 'vitest'
import { createPcmFramer } from '../../src/audio/pcm-framer.ts'

const upTo = (from: number, to: number) => Int16Array.from({ length: to - from }, (_, i) => from + i)

it('cuts what comes in any lengths into frames of one, and loses no sample', () => {
  const framer = createPcmFramer(4)
  expect(framer.push(upTo(1, 4))).toEqual([])
  expect(framer.push(upTo(4, 14))).toEqual([upTo(1, 5), upTo(5, 9), upTo(9, 13)])
  expect(framer.push(new Int16Array(0))).toEqual([])
  expect(framer.flush()).toEqual(Int16Array.of(13, 0, 0, 0))
  expect(framer.flush()).toBeUndefined()
})

it('gives frames that later sound does not overwrite', () => {
  const framer = createPcmFramer(2)
  const [first] = framer.push(upTo(1, 3))
  framer.push(upTo(7, 9))
  expect(first).toEqual(Int16Array.of(1, 2))
})
