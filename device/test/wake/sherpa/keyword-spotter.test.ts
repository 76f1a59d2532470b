import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requirement } from '../../../../test/requirement.ts'
import { findKeywordSpotter } from '../../../src/wake/sherpa/keyword-spotter.ts'
import type { FromSpotter, ToSpotter } from '../../../src/wake/sherpa/spotter-messages.ts'
import { forkSpotter, type SpotterProcess } from '../../../src/wake/sherpa/spotter-process.ts'
import { hasRecordings, recording, recordingsIn } from '../../recordings.ts'
import { hearAll } from '../contract.ts'

const frame = new Int16Array(320)
let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mynah-kws-'))
  for (const part of ['encoder', 'decoder', 'joiner']) writeFileSync(join(dir, `${part}.onnx`), 'this is no network')
  writeFileSync(join(dir, 'tokens.txt'), 'x 1\niǎo 2\nzh 3\nì 4\nn 5\nǐ 6\nh 7\nǎo 8\n')
})
afterAll(() => rmSync(dir, { recursive: true }))

/** The other side of the process, played by the test. */
const scriptedProcess = () => {
  const sent: ToSpotter[] = []
  let tell: (message: FromSpotter) => void = () => {}
  const listeners = new Set<(message: FromSpotter) => void>()
  const exits = new Set<(why: string) => void>()
  tell = (message) => {
    for (const listener of listeners) listener(message)
  }
  const process: SpotterProcess = {
    send: (message) => {
      sent.push(message)
      if (message.type === 'open') queueMicrotask(() => tell({ type: 'ready' }))
    },
    onMessage: (listener) => void listeners.add(listener),
    onExit: (listener) => void exits.add(listener),
    kill: () => {},
  }
  return {
    process,
    sent,
    tell,
    die: () => {
      for (const listener of exits) listener('SIGKILL')
    },
  }
}

const openScripted = async () => {
  const clock = createManualClock()
  const processes: ReturnType<typeof scriptedProcess>[] = []
  const start = () => {
    const next = scriptedProcess()
    processes.push(next)
    return next.process
  }
  const engine = findKeywordSpotter({ clock, log: silentLog, start }, dir)
  if (!engine.ok) throw new Error(engine.error.message)
  const opened = await engine.value.open({ words: ['小智小智'], preset: 'normal' })
  if (!opened.ok) throw new Error(opened.error.message)
  return { clock, processes, engine: engine.value, spotter: opened.value }
}

describe('a keyword spotter', () => {
  it('knows the words that its alphabet can write, and gives their lines to the process', async () => {
    const { engine, processes } = await openScripted()
    expect([engine.knows('小智小智'), engine.knows('hey_jarvis')]).toEqual([true, false])
    expect(processes[0]?.sent[0]).toMatchObject({
      type: 'open',
      lines: ['x iǎo zh ì x iǎo zh ì @小智小智'],
      preset: 'normal',
    })
    expect(await engine.open({ words: ['hey_jarvis'], preset: 'normal' })).toMatchObject({
      error: { code: 'unknown_word' },
    })
  })

  it('never waits for its process, and wakes once for one utterance, where the process heard it', async () => {
    const { spotter, processes } = await openScripted()
    for (let count = 0; count < 50; count++) expect(await spotter.hear(frame)).toBeUndefined()
    processes[0]?.tell({ type: 'heard', word: '小智小智', atSample: 15_000 })
    expect(await spotter.hear(frame)).toEqual({ word: '小智小智', score: 1, atSample: 15_000 })
    processes[0]?.tell({ type: 'heard', word: '小智小智', atSample: 16_500 })
    expect(await spotter.hear(frame)).toBeUndefined()
    processes[0]?.tell({ type: 'heard', word: '小智小智', atSample: 40_000 })
    expect(await spotter.hear(frame)).toMatchObject({ atSample: 40_000 })
    expect(spotter.samplesHeard()).toBe(53 * 320)
  })

  it('starts its process again when that dies, and not the one that it closed itself', async () => {
    const { spotter, processes, clock } = await openScripted()
    processes[0]?.die()
    expect(await spotter.hear(frame)).toBeUndefined()
    await clock.advance(10_000)
    expect(processes).toHaveLength(2)
    processes[1]?.tell({ type: 'heard', word: '小智小智', atSample: 640 })
    expect(await spotter.hear(frame)).toMatchObject({ word: '小智小智' })
    await spotter.close()
    processes[1]?.die()
    await clock.advance(60_000)
    expect(processes).toHaveLength(2)
  })

  it('takes other words by a new process, and keeps the old ones when it has no line for them', async () => {
    const { spotter, processes } = await openScripted()
    expect(await spotter.configure({ words: ['alexa'], preset: 'strict' })).toMatchObject({
      error: { code: 'unknown_word' },
    })
    expect(processes).toHaveLength(1)
    expect(await spotter.configure({ words: ['你好小智'], preset: 'strict' })).toMatchObject({ ok: true })
    expect(processes[1]?.sent[0]).toMatchObject({ lines: ['n ǐ h ǎo x iǎo zh ì @你好小智'], preset: 'strict' })
    processes[0]?.tell({ type: 'heard', word: '小智小智', atSample: 320 })
    expect(await spotter.hear(frame)).toBeUndefined()
  })

  it('says what is wrong when the real engine ends at a file that is no network', async () => {
    const start = () => forkSpotter(['--import', 'tsx'])
    const engine = findKeywordSpotter({ clock: systemClock, log: silentLog, start }, dir)
    if (!engine.ok) throw new Error(engine.error.message)
    const opened = await engine.value.open({ words: ['小智小智'], preset: 'normal' })
    expect(opened.ok).toBe(false)
    expect(!opened.ok && ['model_unreadable', 'package_missing']).toContain(!opened.ok && opened.error.code)
  }, 30_000)
})

const modelDir = process.env.MYNAH_KEYWORD_MODEL ?? ''
const model = requirement(modelDir !== '' && hasRecordings, 'a sherpa-onnx keyword model: MYNAH_KEYWORD_MODEL=DIR')
describe.skipIf(!model.isMet)(model.naming('the real keyword model'), () => {
  it('hears nine of ten people who say 小智小智, and nothing in read Mandarin', async () => {
    const start = () => forkSpotter(['--import', 'tsx'])
    const engine = findKeywordSpotter({ clock: systemClock, log: silentLog, start }, modelDir)
    if (!engine.ok) throw new Error(engine.error.message)
    const opened = await engine.value.open({ words: ['小智小智'], preset: 'normal' })
    if (!opened.ok) throw new Error(opened.error.message)
    const files = recordingsIn('speech-zh/wake-xiaozhi')
    let heard = 0
    for (const file of files) if ((await hearAll(opened.value, recording(file))).length > 0) heard++
    expect(heard).toBeGreaterThanOrEqual(files.length * 0.9)
    await opened.value.close()
  }, 120_000)
})
