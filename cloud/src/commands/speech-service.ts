import { withTimeLimit } from '@mynah/shared/streams/time-limit.ts'
import type { CloudConfig } from '../config.ts'
import { freePort } from '../supervise/free-port.ts'
import { random } from '../supervise/random.ts'
import { createSpeechChild, type SpeechReady } from '../supervise/speech-child.ts'
import type { SupervisedChild } from '../supervise/supervised-child.ts'
import type { CloudDeps } from './cloud-deps.ts'

const speechStartLimitMs = 30_000
const loopback = '127.0.0.1'

/** The speech service as the rest of the cloud sees it. */
export type SpeechService = {
  readonly address: string
  readonly tls: boolean
  readonly token?: string
  readonly untilReady: (signal: AbortSignal) => Promise<void>
  readonly onReadyAgain: (listener: () => void) => void
}

/** A cloud without speech still serves its speakers' timers, their settings and its owner: it starts, and says so. */
const untilChildReady = async (child: SupervisedChild<SpeechReady>, { clock, log }: CloudDeps, signal: AbortSignal) => {
  const ready = await withTimeLimit({ clock, limitMs: speechStartLimitMs }, child.firstReady, signal)
  if (!ready && !signal.aborted) log.error('the speech service has not started yet', { waitedMs: speechStartLimitMs })
}

/** The child of this machine is reached without. */
const usesTls = (config: CloudConfig): boolean => config.speech_address !== 'local' && config.speech_tls

/** The audio workers are processes of their own that read how to reach a guarded speech server from their environment. */
const exportSpeechAccess = ({ config, exportToChildren }: CloudDeps) => {
  if (config.speech_token !== undefined) exportToChildren('MYNAH_SPEECH_TOKEN', config.speech_token)
  exportToChildren('MYNAH_SPEECH_TLS', String(usesTls(config)))
}

/**
 * The speech service: the configured one, or a child of its own. It is the first part that starts, because it is the slowest: it
 * loads its models while the rest of the cloud is still loaded itself.
 */
export const startSpeechService = async (deps: CloudDeps): Promise<SpeechService> => {
  const { config, clock, log, parts, env, program } = deps
  const access = { tls: usesTls(config), ...(config.speech_token !== undefined && { token: config.speech_token }) }
  exportSpeechAccess(deps)
  if (config.speech_address !== 'local') {
    return { ...access, address: config.speech_address, untilReady: async () => {}, onReadyAgain: () => {} }
  }
  // Its address must be known before it runs: everything else starts meanwhile.
  const port = config.speech_port === 0 ? await freePort(loopback) : config.speech_port
  const child = createSpeechChild({ clock, log, random, config, program, env, port })
  parts.run('speech service', child.run)
  return {
    ...access,
    address: `${loopback}:${port}`,
    untilReady: (signal) => untilChildReady(child, deps, signal),
    onReadyAgain: child.onReadyAgain,
  }
}
