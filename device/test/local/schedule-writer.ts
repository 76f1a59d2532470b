import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createScheduleKeeper } from '../../src/local/schedule-keeper.ts'

/** Sets timer after timer and prints each that was acknowledged, until it is killed. Run by schedule-power-cut.test.ts. */
const path = process.argv[2] ?? ''
const keeper = createScheduleKeeper({
  path,
  clock: systemClock,
  log: silentLog,
  ring: () => ({ stop: () => {} }),
  publishState: ({ applied_change_id: changeId }) => void process.stdout.write(`${changeId}\n`),
  publishEvent: () => {},
  onFired: () => {},
})
await keeper.load()
const round = process.argv[3] ?? ''
for (let i = 0; i < 150; i++) {
  const item = { item_id: `${round}-${i}`, kind: 'timer', fires_at: instant(4e12).toISOString() } as const
  await keeper.receive({ action: 'set', change_id: `${round}-${i}`, item })
  // Room for 200: what is old goes, so that the file is written again and again.
  if (i >= 20) await keeper.receive({ action: 'cancel', change_id: `x${round}-${i}`, item_id: `${round}-${i - 20}` })
}
