import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, test } from 'vitest'
import { createAdjustableLog } from '../../src/service/log-level.ts'

test('a level that is set later holds for every log that was made of this one', () => {
  const lines: Record<string, unknown>[] = []
  const writeLine = (line: string) => void lines.push(JSON.parse(line))
  const { log, setLevel } = createAdjustableLog({ clock: createManualClock(), writeLine }, 'info')
  const ofTurn = log.with({ part: 'turn' }).with({ session: 'one' })
  log.debug('hidden')
  ofTurn.debug('hidden')
  setLevel('debug')
  ofTurn.debug('shown', { words: 2 })
  setLevel('error')
  for (const quiet of [log, ofTurn]) quiet.warn('hidden')
  log.error('shown, too')
  expect(lines).toMatchObject([
    { level: 'debug', message: 'shown', part: 'turn', session: 'one', words: 2 },
    { level: 'error', message: 'shown, too' },
  ])
})
