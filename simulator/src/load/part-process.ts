import { fork } from 'node:child_process'
import type { ChildGuard } from '../child-guard.ts'
import { repositoryRoot } from '../repository.ts'
import type { FromPart, ToPart } from './load-messages.ts'

/** One generator as its parent sees it. */
export type PartProcess<Report> = {
  readonly pid: number
  /** Resolves when it is connected and waits; rejects when it failed or died. */
  readonly prepared: Promise<void>
  readonly begin: (atMs: number) => void
  readonly hold: (on: boolean) => void
  readonly cut: (share: number) => void
  readonly stop: () => Promise<Report>
  readonly end: () => void
}

/** Forks one of the `main-*.ts` modules of this folder and hands it its plan. */
export const startPart = <Plan, Report>(options: {
  readonly module: URL
  readonly plan: Plan
  readonly guard: ChildGuard
}): PartProcess<Report> => {
  const child = fork(options.module, [], {
    cwd: repositoryRoot,
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  options.guard.watch(child)
  const send = (message: ToPart<Plan>) => {
    if (child.connected) child.send(message, () => {})
  }
  const settled = { prepared: () => {}, report: (_report: Report) => {}, fail: (_error: Error) => {} }
  const failed = new Promise<never>((_resolve, reject) => {
    settled.fail = reject
  })
  failed.catch(() => {})
  const prepared = new Promise<void>((resolve) => {
    settled.prepared = resolve
  })
  const report = new Promise<Report>((resolve) => {
    settled.report = resolve
  })
  child.on('error', (error) => settled.fail(error))
  child.once('exit', (code, signal) =>
    settled.fail(new Error(`a load generator died: ${signal ?? `exit code ${code}`}`)),
  )
  child.on('message', (raw) => {
    // The child is our own module: its messages have this type by construction.
    const message = raw as FromPart<Report>
    if (message.type === 'prepared') settled.prepared()
    else if (message.type === 'report') settled.report(message.report)
    else settled.fail(new Error(`a load generator failed: ${message.message}`))
  })
  send({ type: 'prepare', plan: options.plan })
  return {
    pid: child.pid ?? 0,
    prepared: Promise.race([prepared, failed]),
    begin: (atMs) => send({ type: 'begin', atMs }),
    hold: (on) => send({ type: 'hold', on }),
    cut: (share) => send({ type: 'cut', share }),
    stop: () => {
      send({ type: 'stop' })
      return Promise.race([report, failed])
    },
    end: () => {
      if (child.connected) child.disconnect()
      options.guard.forget(child)
    },
  }
}
