import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { patienceMs } from '../../../test/patience.ts'
import { createServiceNotifier } from '../../src/service/service-notifier.ts'

let folder: string
const said = () =>
  existsSync(join(folder, 'said')) ? readFileSync(join(folder, 'said'), 'utf8').trim().split('\n') : []
/** A systemd-notify that writes down what it was to say. */
const command = (exitCode = 0) => {
  const path = join(folder, 'notify')
  writeFileSync(path, `#!/bin/sh\necho "$1" >> ${join(folder, 'said')}\nexit ${exitCode}\n`)
  chmodSync(path, 0o755)
  return path
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mynah-notify-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const service = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '90000000' }

test('systemd hears that the speaker is up, and three times within its watchdog that it is alive', async () => {
  const clock = createManualClock()
  const stop = new AbortController()
  const running = createServiceNotifier({ clock, log: silentLog, environment: service, command: command() }).run(
    stop.signal,
  )
  await vi.waitFor(() => expect(said()).toEqual(['--ready']), patienceMs)
  for (let beat = 1; beat <= 3; beat++) {
    await vi.waitFor(() => expect(clock.pendingTimers()).toBe(1), patienceMs)
    await clock.advance(30_000)
    await vi.waitFor(() => expect(said()).toHaveLength(1 + beat), patienceMs)
  }
  expect(said().slice(1)).toEqual(['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'])
  stop.abort()
  await running
})

test('without a service around it nothing is called', async () => {
  const notifier = createServiceNotifier({
    clock: createManualClock(),
    log: silentLog,
    environment: {},
    command: command(),
  })
  await notifier.run(new AbortController().signal)
  expect(said()).toEqual([])
})

test('a service without a watchdog is told once', async () => {
  const environment = { NOTIFY_SOCKET: service.NOTIFY_SOCKET }
  await createServiceNotifier({ clock: createManualClock(), log: silentLog, environment, command: command() }).run(
    new AbortController().signal,
  )
  expect(said()).toEqual(['--ready'])
})

test.each([
  ['fails', () => command(1)],
  ['is missing', () => join(folder, 'nowhere')],
])('a program that %s is warned about once and does not end the speaker', async (_what, programOf) => {
  const warnings: string[] = []
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) }
  const clock = createManualClock()
  const stop = new AbortController()
  const running = createServiceNotifier({ clock, log, environment: service, command: programOf() }).run(stop.signal)
  await vi.waitFor(() => expect(clock.pendingTimers()).toBe(1), patienceMs)
  await clock.advance(30_000)
  await vi.waitFor(() => expect(clock.pendingTimers()).toBe(1), patienceMs)
  expect(warnings).toEqual(['systemd cannot be told that the speaker is alive'])
  stop.abort()
  await running
})

test('a program that Node refuses to start does not end the speaker', async () => {
  const environment = { NOTIFY_SOCKET: service.NOTIFY_SOCKET }
  // Node throws at once, as it does where the machine has no memory for another process.
  const notifier = createServiceNotifier({ clock: createManualClock(), log: silentLog, environment, command: '\0' })
  await expect(notifier.run(new AbortController().signal)).resolves.toBeUndefined()
})
