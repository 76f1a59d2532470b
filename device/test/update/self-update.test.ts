import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { expect, it } from 'vitest'
import { createSelfUpdate } from '../../src/update/self-update.ts'

it('half a download does not outlive its offer', async () => {
  const root = await mkdtemp(join(tmpdir(), 'mynah-self-update-'))
  try {
    await mkdir(join(root, 'downloads'))
    await mkdir(join(root, 'slots'))
    await writeFile(join(root, 'downloads', `${'0'.repeat(64)}.part`), 'half of it')
    const selfUpdate = createSelfUpdate({
      clock: createManualClock(),
      log: silentLog,
      random: () => 0.5,
      fetch,
      root,
      trustedKeys: [],
      target: 'x64',
      version: '1.0.0',
      readIdentity: async () => undefined,
      speaker: () => undefined,
      restart: () => {},
    })
    selfUpdate.offer(null)
    await expect.poll(() => readdir(root)).toEqual(['slots'])
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
