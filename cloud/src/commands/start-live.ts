import { withTimeLimit } from '@mynah/shared/streams/time-limit.ts'
import { createLiveInside, type LiveHub } from '../live/hub.ts'
import { createLiveProcess } from '../live/live-process.ts'
import { random } from '../supervise/random.ts'
import type { CloudDeps } from './cloud-deps.ts'

const startLimitMs = 10_000

/** It reads what strangers send and needs no secret: the settings of the cloud, keys among them, are not handed on. */
const withoutSettings = (env: CloudDeps['env']): CloudDeps['env'] =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MYNAH_')))

export type StartedLive = LiveHub & {
  /** Resolves when browsers can come in, or when that takes too long, which is logged. */
  readonly untilReady: (signal: AbortSignal) => Promise<void>
}

/** Where browsers are told what happens: a process that starts while the rest of the cloud does, or this one. */
export const startLive = ({ config, clock, log, parts, env, program }: CloudDeps): StartedLive => {
  if (config.live === 'inside') return { ...createLiveInside({ clock, log }), untilReady: async () => {} }
  const live = createLiveProcess({
    clock,
    log,
    random,
    env: withoutSettings(env),
    nodeOptions: program.nodeOptions,
  })
  parts.run('live process', live.run)
  const untilReady = async (signal: AbortSignal) => {
    await withTimeLimit({ clock, limitMs: startLimitMs }, live.untilReady, signal)
    if (!live.isReady() && !signal.aborted)
      log.error('the live process has not started yet', { waitedMs: startLimitMs })
  }
  return { ...live, untilReady }
}
