import { describe, expect, it } from 'vitest'
import { createJsonLog, silentLog } from '../../src/log/log.ts'
import { createManualClock } from '../../src/time/manual-clock.ts'

const logTo = (options: { readonly minLevel?: 'debug' | 'warn'; readonly keepPii?: boolean } = {}) => {
  const lines: unknown[] = []
  const clock = createManualClock()
  const log = createJsonLog({ clock, writeLine: (line) => lines.push(JSON.parse(line)), ...options })
  return { log, lines, clock }
}

describe('the log', () => {
  it('writes one JSON object per line, with the time of the clock', async () => {
    const { log, lines, clock } = logTo()
    await clock.advance(1_500)
    log.info('turn finished', { turn: 3, streamId: 2n ** 63n })
    expect(lines).toEqual([
      {
        time: '2026-01-01T08:00:01.500Z',
        level: 'info',
        message: 'turn finished',
        turn: 3,
        streamId: '9223372036854775808',
      },
    ])
  })

  it('leaves out what is below its level', () => {
    const { log, lines } = logTo({ minLevel: 'warn' })
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
    expect(lines).toMatchObject([{ message: 'c' }, { message: 'd' }])
  })

  it('keeps private fields only when the owner asked for it', () => {
    const off = logTo()
    off.log.info('heard', { pii: { text: 'what time is it' } })
    expect(JSON.stringify(off.lines)).not.toContain('what time')
    const on = logTo({ keepPii: true })
    on.log.info('heard', { pii: { text: 'what time is it' } })
    expect(on.lines).toMatchObject([{ pii: { text: 'what time is it' } }])
  })

  it('adds fields to every line of a derived log, private ones under the same rule', () => {
    const { log, lines } = logTo()
    const derived = log.with({ device: 'kitchen', pii: { room: 'bedroom' } }).with({ session: 's1' })
    derived.info('woken', { score: 0.9 })
    expect(lines).toMatchObject([{ device: 'kitchen', session: 's1', score: 0.9 }])
    expect(JSON.stringify(lines)).not.toContain('bedroom')
  })

  it('writes an error by name, message and causes, without its stack', () => {
    const { log, lines } = logTo()
    log.error('stage failed', { error: new Error('no answer', { cause: new TypeError('bad port') }) })
    expect(lines).toMatchObject([
      { error: { name: 'Error', message: 'no answer', cause: { name: 'TypeError', message: 'bad port' } } },
    ])
    expect(JSON.stringify(lines)).not.toContain('.test.ts')
  })

  it('can be silent', () => {
    expect(silentLog.with({ a: 1 })).toBe(silentLog)
    silentLog.error('nobody hears this')
  })
})
