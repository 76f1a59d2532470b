import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRecognizeResponse, encodeRecognizeRequest } from '../../src/understanding/riva-recognize.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('the bytes of a recognition', () => {
  it('are those of the protocol', () => {
    const request = encodeRecognizeRequest({ samples: Int16Array.of(1, -2), languageCode: 'en-US', jsgf: 'G' })
    const config = '0801' + '10807d' + '1a05656e2d5553' + '2001' + '3801' + 'c20109' + '0a046a736766' + '120147'
    expect(hex(request)).toBe(`0a${(config.length / 2).toString(16)}${config}12040100feff`)
  })
  it('of an answer give the best text of each piece', () => {
    const alternative = (text: string) =>
      `0a${(text.length + 2).toString(16).padStart(2, '0')}0a${text.length.toString(16).padStart(2, '0')}${Buffer.from(text).toString('hex')}`
    const result = (...texts: readonly string[]) => {
      // A confidence, which is of no use here, and the seconds of sound worked off.
      const body = `${texts.map(alternative).join('')}1d0000803f`
      return `0a${(body.length / 2).toString(16).padStart(2, '0')}${body}`
    }
    const answer = Buffer.from(result('set a timer', 'get a timer') + result(' for ten minutes'), 'hex')
    expect(decodeRecognizeResponse(answer)).toEqual({ ok: true, value: 'set a timer for ten minutes' })
    expect(decodeRecognizeResponse(new Uint8Array())).toEqual({ ok: true, value: '' })
  })
  it('that are nonsense are refused and never thrown', () => {
    expect(decodeRecognizeResponse(Uint8Array.of(0x0a, 200, 1, 0))).toMatchObject({
      error: { message: '203 bytes needed, 4 there' },
    })
    expect(decodeRecognizeResponse(Uint8Array.of(0x0b))).toMatchObject({ error: { code: 'malformed' } })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof decodeRecognizeResponse(bytes).ok).toBe('boolean')
      }),
      { numRuns: 2_000 },
    )
  })
})
