import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { createApiStores } from '../src/store/api-stores.ts'
import { openStore } from '../src/store/open-store.ts'
import { median } from './api/figures.ts'
import { seedTurn } from './seed-turn.ts'

/**
 * What people look at while the control process does nothing else: a page of turns, the facts of a speaker. Beside each other in one run,
 * for a home with few turns and one with many. Run: npx tsx cloud/bench/turn-pages.ts [few] [many]
 */
const [few = 500, many = 50_000] = process.argv.slice(2).map(Number)
const rounds = 15
const perRound = 20
const eventsOfSpeaker = 1_000
const devices = ['kitchen', 'bathroom']
const homeId = 'home'
const startMs = Date.UTC(2026, 0, 1)

const openHome = (turnCount: number) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mynah-bench-'))
  const store = openStore({ dataDir, clock: systemClock, log: silentLog })
  const { db, sealer, sounds } = store
  const stores = createApiStores({ db, sealer, sounds, clock: systemClock })
  db.transaction(() => {
    for (let index = 0; index < turnCount; index++) {
      const deviceId = devices[index % devices.length] ?? ''
      seedTurn(store.turns, {
        sessionId: `turn-${index}`,
        conversationId: `talk-${index}`,
        deviceId,
        homeId,
        at: instant(startMs + index * 60_000),
        timings: { total: 812.5 },
      })
    }
    const add = db.prepare('INSERT INTO events (device_id, at, type, detail) VALUES (?, ?, ?, ?)')
    for (let index = 0; index < eventsOfSpeaker; index++)
      add.run('kitchen', instant(startMs + index * 1_000).toISOString(), 'boot', '{}')
  })()
  const { archive, registry } = stores
  const oldest = { startedAt: instant(startMs + 30 * 60_000).toISOString(), sessionId: 'turn-30' }
  const looks: Readonly<Record<string, () => unknown>> = {
    'newest turns of a home': () => archive.page({ homeIds: [homeId] }, undefined, 20),
    'oldest turns of a home': () => archive.page({ homeIds: [homeId] }, oldest, 20),
    'newest turns of a speaker': () => archive.page({ homeIds: [homeId], deviceId: 'kitchen' }, undefined, 20),
    'turns that failed: none did': () => archive.page({ homeIds: [homeId], outcome: 'failed' }, undefined, 20),
    'how many turns a speaker has': () => archive.countOfDevice('kitchen', homeId),
    'newest events of a speaker': () => registry.events('kitchen', 50),
  }
  const close = () => {
    store.close()
    rmSync(dataDir, { recursive: true })
  }
  return { looks, close }
}

const usOf = (look: () => unknown): number => {
  const before = systemClock.now()
  for (let count = 0; count < perRound; count++) look()
  return ((systemClock.now() - before) * 1_000) / perRound
}

const homes = [openHome(few), openHome(many)]
console.log(
  `${cpus().length} x ${cpus()[0]?.model?.trim()}, Node ${process.version}, load average ${loadavg()[0]?.toFixed(2)}`,
)
console.log(`median of ${rounds} rounds in turn, microseconds: ${few} turns, ${many} turns`)
for (const what of Object.keys(homes[0]?.looks ?? {})) {
  const times = homes.map((): number[] => [])
  for (let round = 0; round < rounds; round++)
    homes.forEach(({ looks }, index) => {
      const look = looks[what]
      if (look) times[index]?.push(usOf(look))
    })
  console.log(`${what.padEnd(30)} ${times.map((each) => median(each).toFixed(0).padStart(8)).join(' ')}`)
}
for (const { close } of homes) close()
