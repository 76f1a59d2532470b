import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@mynah/shared/streams/random.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { describe, expect, it } from 'vitest'

const writer = fileURLToPath(new URL('./schedule-writer.ts', import.meta.url))
const rounds = 8

/** Starts the writer and kills it (-9) so long after its first acknowledgement; answers what it acknowledged. */
const writeUntilKilled = (path: string, round: number, afterMs: number): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', writer, path, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (more: string) => {
      if (text === '') systemClock.startTimer(afterMs, () => child.kill('SIGKILL'))
      text += more
    })
    child.on('error', reject)
    // The last line may be half of one: that acknowledgement did not arrive.
    child.on('close', () => resolve(text.split('\n').slice(0, -1)))
  })

describe('a power cut while the schedule is written', () => {
  it('loses nothing that was acknowledged and leaves a file that can be read', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mynah-cut-'))
    const random = seededRandom(9)
    try {
      let cut = 0
      for (let round = 0; round < rounds; round++) {
        const path = join(dir, `schedule-${round}.json`)
        const acknowledged = await writeUntilKilled(path, round, 5 + random() * 120)
        const stored = JSON.parse(await readFile(path, 'utf8'))
        const kept = new Set(stored.items.map((item: { item_id: string }) => item.item_id))
        const cancelled = new Set(stored.seen_change_ids.filter((id: string) => id.startsWith('x')))
        const lost = acknowledged.filter((id) => {
          if (id.startsWith('x')) return !stored.seen_change_ids.includes(id)
          const [, index = 0] = id.split('-').map(Number)
          return !kept.has(id) && !cancelled.has(`x${round}-${index + 20}`)
        })
        expect(lost).toEqual([])
        expect(acknowledged.length).toBeGreaterThan(0)
        if (!acknowledged.includes(`${round}-149`)) cut++
      }
      expect(cut).toBeGreaterThan(rounds / 2)
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  }, 90_000)
})
