import { describe, expect, it } from 'vitest'
import type { Decoder } from '../../../../src/speech/engines/pocketsphinx/decoder.ts'
import type { GuardedDecoder } from '../../../../src/speech/engines/pocketsphinx/guarded-decoder.ts'
import { createSecondPass } from '../../../../src/speech/engines/pocketsphinx/second-pass.ts'

const span = (endSample: number) => ({ startSample: 0, endSample, speechStartSample: 0, speechEndSample: endSample })

/** A spare decoder that says how much it was given; only `decodeWhole` is used of it. */
const start = (options: { spares?: number; fails?: boolean } = {}) => {
  let free = options.spares ?? 1
  const leased: number[] = []
  const here: number[] = []
  const ahead: string[] = []
  const decoder = {
    decodeWhole: async (samples: Int16Array) => {
      if (options.fails) throw new Error('broken')
      return { text: `aside ${samples.length}`, score: 0 }
    },
  }
  const leaseSpare = async (): Promise<GuardedDecoder | undefined> => {
    if (free === 0) return undefined
    free--
    leased.push(1)
    return {
      run: () => Promise.reject(new Error('not used')),
      attempt: async (work) => {
        try {
          // The pass calls nothing but what the scripted decoder has.
          return await work(decoder as unknown as Decoder)
        } catch {
          return undefined
        }
      },
      giveBack: async () => void free++,
    }
  }
  const pass = createSecondPass({
    leaseSpare,
    speechIn: ({ startSample, endSample }) => new Int16Array(endSample - startSample),
    onAhead: (hypothesis, { endSample }) => void ahead.push(`${hypothesis?.text} of ${endSample}`),
    decodeAtEnd: async (samples) => {
      here.push(samples.length)
      return { text: `here ${samples.length}`, score: 0 }
    },
  })
  return { pass, here, ahead, leased, free: () => free }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('the second pass', () => {
  it('is there at the end when nothing was said since it began', async () => {
    const { pass, here, ahead } = start()
    pass.observe('stop', span(16_000), 120)
    await settle()
    expect(ahead).toEqual(['aside 16000 of 16000'])
    expect((await pass.finish('stop', span(16_160)))?.text).toBe('aside 16000')
    expect(here).toEqual([])
  })

  it('is made at the end when more was said', async () => {
    const { pass, here } = start()
    pass.observe('stop', span(16_000), 120)
    await settle()
    expect((await pass.finish('stop it', span(16_000)))?.text).toBe('here 16000')
    expect((await pass.finish('stop', span(24_000)))?.text).toBe('here 24000')
    expect(here).toEqual([16_000, 24_000])
  })

  it('waits until it has been quiet and there is a text', async () => {
    const { pass, leased } = start()
    pass.observe('stop', span(16_000), 110)
    pass.observe('', span(16_000), 500)
    pass.observe('stop', undefined, 500)
    await settle()
    expect(leased).toEqual([])
  })

  it('runs one at a time and not twice for the same', async () => {
    const { pass, leased, free } = start({ spares: 2 })
    pass.observe('stop', span(16_000), 120)
    pass.observe('stop it', span(17_600), 120)
    await settle()
    pass.observe('stop', span(16_000), 140)
    await settle()
    expect(leased).toHaveLength(1)
    pass.observe('stop it', span(17_600), 160)
    await settle()
    expect(leased).toHaveLength(2)
    expect(free()).toBe(2)
  })

  it.each([
    ['no decoder is free', { spares: 0 }],
    ['the other decoder breaks', { fails: true }],
  ])('is made here when %s', async (_name, options) => {
    const { pass } = start(options)
    pass.observe('stop', span(16_000), 120)
    expect((await pass.finish('stop', span(16_000)))?.text).toBe('here 16000')
  })
})
