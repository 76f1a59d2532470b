import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keywordLines, readKeywordModel } from '../../../src/wake/sherpa/keyword-model.ts'

describe('the words of a keyword model', () => {
  it('are those behind the @ of each line, with what the engine reads before it', () => {
    const lines = keywordLines('x iǎo zh ì x iǎo zh ì @小智小智\n▁HE Y ▁MY NAH :1.5 #0.3 @Hey Mynah\n\nno name\n@\n')
    expect([...lines]).toEqual([
      ['小智小智', 'x iǎo zh ì x iǎo zh ì @小智小智'],
      ['hey_mynah', '▁HE Y ▁MY NAH :1.5 #0.3 @hey_mynah'],
    ])
  })
})

describe('the folder of a keyword model', () => {
  let dir: string
  const put = (name: string, text = '') => writeFileSync(join(dir, name), text)
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mynah-kws-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it('is read by the names that the releases have: small networks first, the decoder whole', () => {
    const stem = 'epoch-12-avg-2-chunk-16-left-64'
    for (const part of ['encoder', 'decoder', 'joiner'])
      for (const ending of ['onnx', 'int8.onnx']) put(`${part}-${stem}.${ending}`)
    put('tokens.txt', 'x 1\niǎo 2\nzh 3\nì 4\nm 5\ná 6\n')
    put('keywords.txt', 'm á m á #0.4 @妈妈\nq ú @渠\n')
    const model = readKeywordModel(dir)
    if (!model.ok) throw new Error(model.error.message)
    expect(model.value.encoder).toBe(join(dir, `encoder-${stem}.int8.onnx`))
    expect(model.value.decoder).toBe(join(dir, `decoder-${stem}.onnx`))
    expect(model.value.joiner).toBe(join(dir, `joiner-${stem}.int8.onnx`))
    // What its alphabet cannot write would end the engine.
    expect([...model.value.lines.keys()]).toEqual(['小智小智', '妈妈'])
  })

  it('that is none names what is missing', () => {
    put('tokens.txt')
    expect(readKeywordModel(dir)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('encoder, decoder, joiner missing') },
    })
    expect(readKeywordModel('/nowhere')).toMatchObject({ ok: false, error: { code: 'model_unreadable' } })
  })
})
