import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { turnMetricsOf } from '../src/api/system/turn-metrics.ts'
import { createApiStores } from '../src/store/api-stores.ts'
import { openStore } from '../src/store/open-store.ts'
import { median } from './api/figures.ts'
import { seedTurn } from './seed-turn.ts'

/**
 * For how long a cloud in which much has piled up holds up everybody: looks that one asks for and waits for, and work that takes seconds
 * in slices. Run: npx tsx cloud/bench/year.ts [turns] [speakers]
 */
const [turnCount = 100_000, speakerCount = 10_000] = process.argv.slice(2).map(Number)
const homeCount = 200
const alertsOfHome = 1_000
const loginCount = 5_000
const dayMs = 86_400_000
const nowMs = systemClock.wallTime().getTime()
const iso = (ageMs: number) => instant(nowMs - ageMs).toISOString()
const homeOf = (index: number) => `home-${index % homeCount}`
const { signal } = new AbortController()

const dataDir = mkdtempSync(join(tmpdir(), 'mynah-bench-'))
const store = openStore({ dataDir, clock: systemClock, log: silentLog, commits: 'grouped' })
const { db, sealer, sounds } = store
const stores = createApiStores({ db, sealer, sounds, clock: systemClock })
const { archive } = stores

/** Three of five turns are in the first home, half of a speaker in it. */
const addTurn = (index: number) => {
  const homeId = homeOf(Math.max(0, (index % 5) - 2))
  const sessionId = randomBytes(16).toString('base64url')
  seedTurn(store.turns, {
    sessionId,
    conversationId: `talk-${index >> 1}`,
    deviceId: `speaker-${index % 10}`,
    homeId,
    at: instant(nowMs - (365 - (365 * index) / turnCount) * dayMs),
    timings: { total: 812.5, end_of_speech_to_first_audio: 400, stt_final: 100, llm_first_token: 88 },
  })
}

db.transaction(() => {
  const addHome = db.prepare('INSERT INTO homes (home_id, name, created_at) VALUES (?, ?, ?)')
  for (let index = 0; index < homeCount; index++) addHome.run(homeOf(index), 'Home', iso(0))
  const person = stores.people.add({ login: 'ada', name: '', passwordHash: '', isSystemAdmin: true, language: 'en' })
  for (let index = 0; index < speakerCount; index++)
    store.devices.save({ deviceId: `speaker-${index}`, homeId: homeOf(index), secret: randomBytes(32) })
  const addAlert = db.prepare(`
    INSERT INTO alerts (home_id, device_id, kind, subject, severity, detail, at, ended_at, revision)
    VALUES (?, ?, 'offline', ?, 'warning', '{}', ?, ?, ?)`)
  for (let index = 0; index < homeCount * alertsOfHome; index++) {
    const [at, speaker] = [iso(dayMs), `speaker-${index % speakerCount}`]
    addAlert.run(homeOf(index), speaker, speaker, at, at, index + 1)
  }
  const addLogin = db.prepare(`
    INSERT INTO logins (login_id, person_id, user_agent, created_at, last_used_at, expires_at) VALUES (?, ?, '', ?, ?, ?)`)
  const addToken = db.prepare('INSERT INTO refresh_tokens VALUES (?, ?, ?, ?)')
  for (let index = 0; index < loginCount; index++) {
    addLogin.run(`login-${index}`, person?.personId, iso(80 * dayMs), iso(70 * dayMs), iso(40 * dayMs))
    for (let used = 0; used < 5; used++) addToken.run(randomBytes(32), `login-${index}`, iso(0), iso(70 * dayMs))
  }
  for (let index = 0; index < turnCount; index++) addTurn(index)
})()

// What was written in one go lies in the log; a cloud empties it as it goes.
db.pragma('wal_checkpoint(TRUNCATE)')

console.log(
  `${cpus().length} x ${cpus()[0]?.model?.trim()}, Node ${process.version}, load average ${loadavg()[0]?.toFixed(2)}; ${turnCount} turns, ${speakerCount} speakers`,
)

const look = (what: string, ask: () => unknown) => {
  const times = Array.from({ length: 9 }, () => {
    const before = systemClock.now()
    ask()
    return systemClock.now() - before
  })
  console.log(`${what.padEnd(44)} ${median(times).toFixed(2).padStart(9)} ms`)
}
/** Beside it, whatever else the process has to do asks for its turn as often as it can. */
const work = async (what: string, begin: () => Promise<unknown>) => {
  const begunMs = systemClock.now()
  let [lastMs, longestMs, isOver] = [begunMs, 0, false]
  const tick = () => {
    const now = systemClock.now()
    longestMs = Math.max(longestMs, now - lastMs)
    lastMs = now
    if (!isOver) setImmediate(tick)
  }
  setImmediate(tick)
  await begin()
  isOver = true
  longestMs = Math.max(longestMs, systemClock.now() - lastMs)
  const tookMs = systemClock.now() - begunMs
  console.log(`${what.padEnd(44)} ${longestMs.toFixed(1).padStart(9)} ms at once, ${tookMs.toFixed(0)} ms in all`)
}
const allHomes = Array.from({ length: homeCount }, (_, index) => homeOf(index))

look('the conversation of a turn', () => archive.conversation('talk-1', 'home-0'))
look('turns that run (/metrics)', () => store.turns.openCount())
look('problems of 200 homes', () => store.alerts.page({ homeIds: allHomes, withCloud: true, limit: 50 }))
look('problems that last', () => store.alerts.lasting())
look('200 homes', () => allHomes.map((homeId) => stores.homes.find(homeId)))
look('who is enrolled', () => store.devices.enrolledIds())
const metrics = { archive, clock: systemClock }
await work('charts of 30 days', () => turnMetricsOf(metrics, { homeIds: allHomes.slice(0, 3), hours: 720 }, signal))
await work('a copy of the database', () => store.backUpBeside('bench'))
await work('sweep of problems', () => store.alerts.sweep(signal))
await work('sweep of logins', () => stores.logins.sweep(signal))
await work('turns of a speaker deleted', () => archive.remove({ deviceId: 'speaker-0', homeId: 'home-0' }))
store.retention.setHome('home-1', { keepDays: 30, keepSound: false })
await work('turns that are too old', () => archive.sweep(signal))
await work('turns of a home deleted', () => archive.remove({ homeId: 'home-0' }))
store.close()
rmSync(dataDir, { recursive: true })
