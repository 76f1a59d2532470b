import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LanguageModel, LanguageModelEvent, LanguageModelRequest } from '../../../src/providers/stages.ts'

export type ModelUnderTest = { readonly model: LanguageModel; readonly close: () => Promise<void> }

export const ask = (content: string): LanguageModelRequest => ({ messages: [{ role: 'user', content }], tools: [] })

export const collect = async (events: AsyncIterable<LanguageModelEvent>): Promise<LanguageModelEvent[]> => {
  const all: LanguageModelEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

export const textOf = (events: readonly LanguageModelEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('')

/** What every language model promises. The one under test must answer any question with several pieces of text. */
export const describeLanguageModel = (name: string, start: () => Promise<ModelUnderTest>): void => {
  describe(`${name} as a language model`, () => {
    let under: ModelUnderTest
    beforeAll(async () => {
      under = await start()
    })
    afterAll(async () => under.close())

    it('streams its reply in pieces', async () => {
      const events = await collect(under.model.reply(ask('Once upon a time'), new AbortController().signal))
      expect(events.length).toBeGreaterThan(1)
      expect(textOf(events).trim()).not.toBe('')
    })

    it('gives nothing for a turn that is aborted already', async () => {
      expect(await collect(under.model.reply(ask('Once upon a time'), AbortSignal.abort()))).toEqual([])
    })

    it('ends quietly when it is aborted in the middle, and answers the next question', async () => {
      const abort = new AbortController()
      let pieces = 0
      for await (const event of under.model.reply(ask('Once upon a time'), abort.signal)) {
        expect(event.type).toBe('text')
        pieces += 1
        abort.abort()
      }
      expect(pieces).toBe(1)
      expect(await collect(under.model.reply(ask('Once upon a time'), new AbortController().signal))).not.toEqual([])
    })

    it('lets go when its reader leaves in the middle', async () => {
      for await (const event of under.model.reply(ask('Once upon a time'), new AbortController().signal)) {
        expect(event.type).toBe('text')
        break
      }
      expect(await collect(under.model.reply(ask('Once upon a time'), new AbortController().signal))).not.toEqual([])
    })

    it('answers two at once, each on its own', async () => {
      const signal = new AbortController().signal
      const both = await Promise.all([
        collect(under.model.reply(ask('One day'), signal)),
        collect(under.model.reply(ask('A cat'), signal)),
      ])
      for (const events of both) expect(textOf(events).trim()).not.toBe('')
    })
  })
}
