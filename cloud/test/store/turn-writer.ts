import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { openStore } from '../../src/store/open-store.ts'

/** Child of turn-store.test.ts: writes turns without end and names each on stdout once it is closed, until it is killed. */
const dataDir = process.argv[2]
if (!dataDir) throw new Error('a data directory is needed')
const { turns } = openStore({ dataDir, clock: systemClock, log: silentLog })

const writeTurn = (sessionId: string) => {
  const base = { sessionId, conversationId: sessionId, deviceId: 'kitchen' }
  turns.open({
    ...base,
    homeId: 'home',
    trigger: 'button',
    language: 'en',
    startedAt: systemClock.wallTime(),
  })
  turns.close({
    ...base,
    endedAt: systemClock.wallTime(),
    outcome: 'completed',
    heardText: 'x'.repeat(500),
    replyText: 'y'.repeat(500),
    heardReplyText: '',
    toolsCalled: [],
    timings: {},
  })
  process.stdout.write(`${sessionId}\n`)
}

for (let count = 0; ; count++) {
  writeTurn(`session-${count}`)
  // Lets stdout drain; the kill may come anywhere.
  await new Promise((resolve) => setImmediate(resolve))
}
