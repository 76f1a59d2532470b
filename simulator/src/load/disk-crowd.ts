import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@mynah/shared/time/clock.ts'
import { median } from '../percentiles.ts'

/** How long the disk took for what the cloud asks of it with each commit: 4 KiB, on the disk when it is done. Median, in ms. */
export type DiskCrowd = { readonly quietMs: number; readonly crowdedMs: number }

const writers = 3
const fileBytes = 16 * 1024 * 1024
const probeBytes = 4_096
const probes = 9

/** Others write to the same disk as fast as it takes it, for `forMs`: some large files, each synced again and again. */
export const crowdDisk = async (
  { clock, folder, forMs }: { readonly clock: Clock; readonly folder: string; readonly forMs: number },
  signal: AbortSignal,
): Promise<DiskCrowd> => {
  const untilMs = () => endsMs - clock.now()
  const probePath = join(folder, 'disk-crowd-probe')
  const writer = async (index: number) => {
    const path = join(folder, `disk-crowd-${index}`)
    const file = await open(path, 'w')
    const bytes = Buffer.alloc(fileBytes, index + 1)
    try {
      while (untilMs() > 0 && !signal.aborted) {
        await file.write(bytes, 0, fileBytes, 0)
        await file.datasync()
      }
    } finally {
      await file.close()
      await rm(path, { force: true })
    }
  }
  const syncMs = async (isOver: (done: number) => boolean): Promise<number> => {
    const file = await open(probePath, 'a')
    const bytes = Buffer.alloc(probeBytes, 1)
    const took: number[] = []
    try {
      while (!isOver(took.length) && !signal.aborted) {
        const startedMs = clock.now()
        await file.write(bytes)
        await file.datasync()
        took.push(clock.now() - startedMs)
        await clock.sleep(20, signal)
      }
    } finally {
      await file.close()
      await rm(probePath, { force: true })
    }
    return median(took)
  }
  const quietMs = await syncMs((done) => done >= probes)
  const endsMs = clock.now() + forMs
  const [crowdedMs] = await Promise.all([
    syncMs(() => untilMs() <= 0),
    ...Array.from({ length: writers }, (_, index) => writer(index)),
  ])
  return { quietMs, crowdedMs }
}
