import { expect, test } from 'vitest'
import { cpuPerTurn } from '../../src/load/load-report.ts'

const using = (cores: number) => ({ cores, residentMb: 100, descriptors: 10 })

test('what a turn costs is the CPU of the cloud while the load was held, without that of the generators', () => {
  const usage = { control: using(0.25), audio: using(0.5), speech: using(0.25), generators: using(1) }
  expect(cpuPerTurn({ usage, heldMs: 20_000 }, 200)).toBe(
    '25.0 / 50.0 / 25.0 ms (200 turns): 36000 turns per core and hour',
  )
  expect(cpuPerTurn({ usage, heldMs: 20_000 }, 0)).toBe('no turns')
})
