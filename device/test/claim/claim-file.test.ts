import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { expect, it } from 'vitest'
import { createClaimFile } from '../../src/claim/claim-file.ts'

it('an owner who has parted leaves no copy of their alarms either, and nothing that was set aside', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mynah-claim-'))
  try {
    for (const name of ['schedule.json', 'config.json', 'own-words.json']) {
      for (const more of ['', '.copy', '.damaged', '.next']) await writeFile(join(dir, `${name}${more}`), 'theirs')
    }
    await createClaimFile(dir, silentLog).forgetOwner()
    expect(await readdir(dir)).toEqual([])
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
