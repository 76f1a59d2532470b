import { describe, expect, it } from 'vitest'
import {
  checkHealth,
  recognize,
  streamingRecognize,
  synthesize,
  synthesizeOnline,
} from '../../../src/speech/contract/contract.ts'

/** Bytes of the Protocol Buffers encoding: tag = field number * 8 + wire type (0 varint, 1 fixed64, 2 length, 5 fixed32). */
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const text = (value: string): string => Buffer.from(value).toString('hex')

describe('the wire form of the speech contract', () => {
  it('has the paths of the public services', () => {
    expect(streamingRecognize.path).toBe('/nvidia.riva.asr.RivaSpeechRecognition/StreamingRecognize')
    expect(recognize.path).toBe('/nvidia.riva.asr.RivaSpeechRecognition/Recognize')
    expect(synthesizeOnline.path).toBe('/nvidia.riva.tts.RivaSpeechSynthesis/SynthesizeOnline')
    expect(synthesize.path).toBe('/nvidia.riva.tts.RivaSpeechSynthesis/Synthesize')
    expect(checkHealth.path).toBe('/grpc.health.v1.Health/Check')
    expect([streamingRecognize.requestStream, streamingRecognize.responseStream]).toEqual([true, true])
    expect([synthesizeOnline.requestStream, synthesizeOnline.responseStream]).toEqual([false, true])
  })

  it('encodes a streaming configuration field by field', () => {
    const bytes = streamingRecognize.requestSerialize({
      streamingConfig: {
        interimResults: true,
        config: {
          encoding: 'LINEAR_PCM',
          sampleRateHertz: 16_000,
          languageCode: 'en-US',
          maxAlternatives: 1,
          audioChannelCount: 1,
          customConfiguration: { jsgf: 'x' },
        },
      },
    })
    const config = [
      '0801', // 1 encoding = LINEAR_PCM (1)
      '10807d', // 2 sample_rate_hertz = 16000
      `1a05${text('en-US')}`, // 3 language_code
      '2001', // 4 max_alternatives
      '3801', // 7 audio_channel_count
      `c20109${`0a04${text('jsgf')}`}${`1201${text('x')}`}`, // 24 custom_configuration {1 key, 2 value}
    ].join('')
    const size = (config.length / 2).toString(16).padStart(2, '0')
    const outer = (config.length / 2 + 4).toString(16).padStart(2, '0')
    expect(hex(bytes)).toBe(`0a${outer}0a${size}${config}1001`)
  })

  it('encodes audio as field 2 of the request', () => {
    const bytes = streamingRecognize.requestSerialize({ audioContent: Uint8Array.of(1, 2, 3) })
    expect(hex(bytes)).toBe('1203010203')
  })

  it('decodes a result of a foreign server, unknown fields and all', () => {
    const alternative = `0a02${text('hi')}150000003f` // 1 transcript, 2 confidence = 0.5
    const result = `0a09${alternative}1001${'28021d0000003f'}350000803f${'3a0400000000'}` // 2 is_final, 5 channel_tag, 3 stability, 6 audio_processed, 7 vad_probs
    const size = (result.length / 2).toString(16).padStart(2, '0')
    const bytes = Buffer.from(`0a${size}${result}a206030a01${text('r')}`, 'hex') // 100 id
    expect(streamingRecognize.responseDeserialize(bytes)).toMatchObject({
      results: [
        {
          alternatives: [{ transcript: 'hi', confidence: 0.5 }],
          isFinal: true,
          stability: 0.5,
          channelTag: 2,
          audioProcessed: 1,
        },
      ],
      id: { value: 'r' },
    })
  })

  it('encodes a synthesis request field by field', () => {
    const bytes = synthesizeOnline.requestSerialize({
      text: 'hi',
      languageCode: 'zh-CN',
      encoding: 'LINEAR_PCM',
      sampleRateHz: 24_000,
      voiceName: 'v',
    })
    expect(hex(bytes)).toBe(`0a02${text('hi')}1205${text('zh-CN')}180120c0bb012a01${text('v')}`)
  })

  it('decodes the audio of a synthesis, whatever else comes with it', () => {
    const bytes = Buffer.from(`0a020100${'1203'}0a01${text('t')}`, 'hex')
    expect(hex(synthesizeOnline.responseDeserialize(bytes).audio)).toBe('0100')
  })

  it('numbers the encodings and health states as published', () => {
    const encodingOf = (bytes: string) => synthesizeOnline.requestDeserialize(Buffer.from(bytes, 'hex')).encoding
    expect(['1801', '1802', '1803', '1804', '1814'].map(encodingOf)).toEqual([
      'LINEAR_PCM',
      'FLAC',
      'MULAW',
      'OGGOPUS',
      'ALAW',
    ])
    expect(checkHealth.responseDeserialize(Buffer.from('0801', 'hex'))).toEqual({ status: 'SERVING' })
  })
})
