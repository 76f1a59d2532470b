import { systemClock } from '@mynah/shared/time/clock.ts'
import { describe, expect, it } from 'vitest'
import { createRivaTextToSpeech } from '../../../src/providers/tts/riva.ts'
import { createScriptedSynthesiser } from '../../speech/scripted-engines.ts'
import { collect, never, startTestServer } from '../../speech/speech-server-fixture.ts'
import { describeTextToSpeech } from './contract.ts'

const connect = async (script: Parameters<typeof createScriptedSynthesiser>[0] = {}, sampleRateHz?: number) => {
  const synthesiser = createScriptedSynthesiser(script)
  const server = await startTestServer({ synthesiser })
  const tts = createRivaTextToSpeech({
    clock: systemClock,
    address: server.address,
    ...(sampleRateHz === undefined ? {} : { sampleRateHz }),
  })
  const close = async () => {
    tts.close()
    await server.close()
  }
  return { tts, synthesiser, close }
}

const request = { text: 'the answer to this is four', language: 'en' } as const

describeTextToSpeech('a scripted engine over gRPC', async () => {
  const { tts, close } = await connect()
  return { tts, request, close }
})

describe('the voice client', () => {
  it('gets the rate it asks for, with the length unchanged', async () => {
    const { tts, close } = await connect({ sampleRateHz: 16_000 }, 24_000)
    const pieces = await collect(tts.synthesize(request, never()))
    expect(pieces.every(({ sampleRateHz }) => sampleRateHz === 24_000)).toBe(true)
    const samples = pieces.reduce((sum, piece) => sum + piece.samples.length, 0)
    expect(samples / 24_000).toBeCloseTo(0.6, 2)
    await close()
  })

  it('names the voice that was asked for', async () => {
    const { tts, synthesiser, close } = await connect()
    await collect(tts.synthesize({ ...request, language: 'zh', voice: 'scripted' }, never()))
    expect(synthesiser.requests).toEqual([{ text: request.text, language: 'zh', voice: 'scripted' }])
    await close()
  })

  it('stops the engine when the turn is aborted', async () => {
    const { tts, synthesiser, close } = await connect()
    const abort = new AbortController()
    const long = Array.from({ length: 300 }, () => 'word').join(' ')
    for await (const _ of tts.synthesize({ ...request, text: long }, abort.signal)) abort.abort()
    await close()
    expect(synthesiser.piecesMade()).toBeLessThan(300)
  })

  it('tells a voice that breaks off in the middle', async () => {
    const { tts, close } = await connect({ failsAt: 2 })
    await expect(collect(tts.synthesize(request, never()))).rejects.toMatchObject({ stage: 'tts', code: 'crashed' })
    await close()
  })
})
