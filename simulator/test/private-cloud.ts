import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock as clock } from '@mynah/shared/time/clock.ts'
import { createChildGuard } from '../src/child-guard.ts'
import { freePorts, privateCloudEnvironment } from '../src/cloud-contract.ts'
import { startCloud } from '../src/cloud-process.ts'

const never = new AbortController().signal

/** The real cloud as a process of a test's own, new and empty, in a folder that goes with it. */
export const startPrivateCloud = async (name: string) => {
  const guard = createChildGuard()
  const folder = await mkdtemp(join(tmpdir(), `mynah-${name}-`))
  const started = await startCloud(
    { clock, guard, environment: process.env },
    { dataDir: join(folder, 'cloud'), ports: freePorts, environment: privateCloudEnvironment() },
    never,
  )
  if (!started.ok) throw new Error(started.error.message)
  const cloud = started.value
  const close = async () => {
    await cloud.stop()
    guard.killAll()
    await rm(folder, { recursive: true, force: true })
  }
  return { cloud, folder, close }
}

export type PrivateCloud = Awaited<ReturnType<typeof startPrivateCloud>>
