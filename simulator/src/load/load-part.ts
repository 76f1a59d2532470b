import type { FromPart, ToPart } from './load-messages.ts'

/** One generator of load in a process of its own. */
export type LoadPart<Report> = {
  /** From here on everything counts: statuses, turns and requests begin. */
  readonly begin: (atMs: number) => void
  readonly hold: (on: boolean) => void
  readonly cut?: (share: number) => void
  /** No more begins; resolves when what ran has ended. */
  readonly stop: () => Promise<void>
  readonly report: () => Report
}

export type PartPipe<Plan, Report> = {
  readonly onMessage: (listener: (message: ToPart<Plan>) => void) => void
  readonly post: (message: FromPart<Report>) => void
  readonly exit: (code: number) => void
}

/** Serves the parent: `prepare` makes the part (and connects it), `stop` ends with its report. */
export const runPart = <Plan, Report>(
  pipe: PartPipe<Plan, Report>,
  prepare: (plan: Plan) => Promise<LoadPart<Report>>,
): void => {
  let part: LoadPart<Report> | undefined
  const failed = (error: unknown) =>
    pipe.post({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
  const start = async (plan: Plan) => {
    part = await prepare(plan)
    pipe.post({ type: 'prepared' })
  }
  const stop = async () => {
    await part?.stop()
    if (part) pipe.post({ type: 'report', report: part.report() })
  }
  pipe.onMessage((message) => {
    switch (message.type) {
      case 'prepare':
        return void start(message.plan).catch(failed)
      case 'begin':
        return part?.begin(message.atMs)
      case 'hold':
        return part?.hold(message.on)
      case 'cut':
        return part?.cut?.(message.share)
      case 'stop':
        return void stop().catch(failed)
    }
  })
}
