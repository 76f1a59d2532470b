import type { SpeechSpan } from '@mynah/shared/speech/pocketsphinx/speech-span.ts'
import { describe, expect, it } from 'vitest'
import { createSecondPass } from '../../../../src/speech/engines/pocketsphinx/second-pass.ts'

const span = (endSample: number) => ({ startSample: 0, endSample, speechStartSample: 0, speechEndSample: endSample })

/** Two ways to decode that say where and how much. */
const start = (options: { free?: boolean; fails?: boolean } = {}) => {
  const aside: number[] = []
  const atEnd: number[] = []
  const ahead: string[] = []
  const pass = createSecondPass<string>({
    decodeIfFree: async ({ endSample }: SpeechSpan) => {
      if (options.fails) throw new Error('broken')
      if (options.free === false) return undefined
      aside.push(endSample)
      return `aside ${endSample}`
    },
    decodeAtEnd: async ({ endSample }) => {
      atEnd.push(endSample)
      return `at the end ${endSample}`
    },
    onAhead: (result, { endSample }) => void ahead.push(`${result} of ${endSample}`),
  })
  return { pass, aside, atEnd, ahead }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('the second pass', () => {
  it('is there at the end when nothing was said since it began', async () => {
    const { pass, atEnd, ahead } = start()
    pass.observe('stop', span(16_000), 120)
    await settle()
    expect(ahead).toEqual(['aside 16000 of 16000'])
    expect(await pass.finish('stop', span(16_160))).toBe('aside 16000')
    expect(atEnd).toEqual([])
  })

  it('is made at the end when more was said', async () => {
    const { pass, atEnd } = start()
    pass.observe('stop', span(16_000), 120)
    await settle()
    expect(await pass.finish('stop it', span(16_000))).toBe('at the end 16000')
    expect(await pass.finish('stop', span(24_000))).toBe('at the end 24000')
    expect(atEnd).toEqual([16_000, 24_000])
  })

  it('waits until it has been quiet and there is a text', async () => {
    const { pass, aside } = start()
    pass.observe('stop', span(16_000), 110)
    pass.observe('', span(16_000), 500)
    pass.observe('stop', undefined, 500)
    await settle()
    expect(aside).toEqual([])
  })

  it('runs one at a time and not twice for the same', async () => {
    const { pass, aside } = start()
    pass.observe('stop', span(16_000), 120)
    pass.observe('stop it', span(17_600), 120)
    await settle()
    pass.observe('stop', span(16_000), 140)
    await settle()
    expect(aside).toEqual([16_000])
    pass.observe('stop it', span(17_600), 160)
    await settle()
    expect(aside).toEqual([16_000, 17_600])
  })

  it.each([
    ['no decoder is free', { free: false }],
    ['the other decoder breaks', { fails: true }],
  ])('is made at the end when %s', async (_name, options) => {
    const { pass, ahead } = start(options)
    pass.observe('stop', span(16_000), 120)
    expect(await pass.finish('stop', span(16_000))).toBe('at the end 16000')
    expect(ahead).toEqual([])
  })
})
