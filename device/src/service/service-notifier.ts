import { spawn } from 'node:child_process'
import type { Log } from '@mynah/shared/log/log.ts'
import type { Clock } from '@mynah/shared/time/clock.ts'

/** sd_notify(3) through the program `systemd-notify`: Node cannot open a datagram socket of the kind that systemd listens on. */
export type ServiceNotifier = {
  /** Says that the service is up, then that it is alive, often enough for its watchdog, until `signal` aborts. Never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export type ServiceNotifierDeps = {
  readonly clock: Clock
  readonly log: Log
  /** `NOTIFY_SOCKET` and `WATCHDOG_USEC`, as systemd sets them for a service of `Type=notify`. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Another program with the arguments of systemd-notify. */
  readonly command?: string
}

/** Three tries within the time of the watchdog: one may be late on a busy Pi. */
const beatsPerWatchdog = 3

export const createServiceNotifier = (deps: ServiceNotifierDeps): ServiceNotifier => {
  const { clock, log, environment, command = 'systemd-notify' } = deps
  const watchdogMs = watchdogMsOf(environment)
  let hasFailed = false

  const notify = (argument: string, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const failed = (why: string) => {
        if (!hasFailed) log.warn('systemd cannot be told that the speaker is alive', { why })
        hasFailed = true
        resolve()
      }
      try {
        const child = spawn(command, [argument], { stdio: 'ignore', signal })
        child.once('error', (error) => (signal.aborted ? resolve() : failed(error.message)))
        child.once('close', (exitCode) => (exitCode === 0 ? resolve() : failed(`exit code ${exitCode}`)))
      } catch (error) {
        // No memory for another process just now: Node throws that.
        failed(error instanceof Error ? error.message : String(error))
      }
    })
  return {
    run: async (signal) => {
      if (environment.NOTIFY_SOCKET === undefined || signal.aborted) return
      await notify('--ready', signal)
      if (watchdogMs === undefined) return
      while (!signal.aborted) {
        await clock.sleep(watchdogMs / beatsPerWatchdog, signal)
        if (!signal.aborted) await notify('WATCHDOG=1', signal)
      }
    },
  }
}

const watchdogMsOf = (environment: ServiceNotifierDeps['environment']): number | undefined => {
  const microseconds = Number(environment.WATCHDOG_USEC)
  return Number.isInteger(microseconds) && microseconds > 0 ? microseconds / 1_000 : undefined
}
