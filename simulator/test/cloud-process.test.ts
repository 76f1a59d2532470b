import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createChildGuard } from '../src/child-guard.ts'
import { freePorts, privateCloudEnvironment } from '../src/cloud-contract.ts'
import { type CloudProcess, startCloud } from '../src/cloud-process.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'mynah-cloud-test-'))
const guard = createChildGuard()
const signal = new AbortController().signal
const deps = { clock: systemClock, guard, environment: process.env }
const settings = { dataDir, ports: freePorts, environment: privateCloudEnvironment() }

let cloud: CloudProcess
beforeAll(async () => {
  const started = await startCloud(deps, settings, signal)
  if (!started.ok) throw new Error(started.error.message)
  cloud = started.value
})
afterAll(async () => {
  await cloud?.stop()
  guard.killAll()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Command lines of all processes that mention this test's data folder. */
const processesOfThisTest = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((id) => {
      try {
        return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter((line) => line.includes(dataDir))

const isLive = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(new URL('/health/live', url))).ok
  } catch {
    return false
  }
}

describe('the cloud as a child process', () => {
  test('serves under the address that it tells', async () => {
    expect(cloud.isRunning()).toBe(true)
    expect(await isLive(cloud.ready().url)).toBe(true)
    expect(cloud.ready().setupUrl).toContain(cloud.ready().url)
  })

  test('hands out tokens that are never the same, and lists its turns', async () => {
    const [first, second] = [await cloud.newEnrolmentToken(signal), await cloud.newEnrolmentToken(signal)]
    if (!first.ok || !second.ok) throw new Error('no token')
    expect(first.value).not.toBe(second.value)
    expect(await cloud.turns(signal)).toEqual({ ok: true, value: [] })
  })

  test('a second one on the same port says which port is taken and how to choose another', async () => {
    const other = mkdtempSync(join(tmpdir(), 'mynah-cloud-test-'))
    const ports = { ...freePorts, httpPort: cloud.ready().ports.httpPort }
    const second = await startCloud(deps, { ...settings, dataDir: other, ports }, signal)
    rmSync(other, { recursive: true, force: true })
    if (second.ok) {
      await second.value.stop()
      throw new Error('both started')
    }
    expect(second.error.code).toBe('port_taken')
    expect(second.error.message).toContain(String(ports.httpPort))
    expect(second.error.message).toContain('--http-port')
  })

  test('comes back on the same ports after a kill -9', async () => {
    const before = cloud.ready()
    await cloud.kill()
    expect(cloud.isRunning()).toBe(false)
    expect(await isLive(before.url)).toBe(false)
    const again = await cloud.restart(signal)
    expect(again.ok && again.value.url).toBe(before.url)
    expect(await isLive(before.url)).toBe(true)
  })

  test('leaves no process behind when it is stopped, and can be stopped twice', async () => {
    await cloud.stop()
    await cloud.stop()
    expect(cloud.isRunning()).toBe(false)
    expect(processesOfThisTest()).toEqual([])
  })
})

test('wrong settings of the cloud are told as it says them', async () => {
  const broken = await startCloud(deps, { ...settings, environment: { MYNAH_TIME_ZONE: 'Moon/Base' } }, signal)
  expect(!broken.ok && broken.error.message).toContain('MYNAH_TIME_ZONE')
})
