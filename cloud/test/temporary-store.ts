import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { openStore } from '../src/store/open-store.ts'

/** A folder of its own for one test; `remove` takes it away again. */
export const temporaryFolder = (): { path: string; remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), 'mynah-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** The same store as another process opens it. */
export const storeBeside = (dataDir: string, clock: Clock) => {
  const store = openStore({ dataDir, clock, log: silentLog })
  return { store, dataDir, close: store.close }
}

/** A real store in a folder of its own. */
export const temporaryStore = (clock: Clock = createManualClock()) => {
  const folder = temporaryFolder()
  const store = openStore({ dataDir: folder.path, clock, log: silentLog })
  return {
    store,
    dataDir: folder.path,
    close: () => {
      store.close()
      folder.remove()
    },
  }
}
