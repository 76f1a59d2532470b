import { hostInUrl } from '@mynah/shared/wire/url-host.ts'
import { explainListenError, holderOfPort } from '../gateway/port-taken.ts'
import { createPublicHost, listensEverywhere } from '../public-host.ts'
import { putEnginesBehind } from '../speech/engines-behind.ts'
import { findLocalEngines } from '../speech/local-engines.ts'
import { startSpeechServer } from '../speech/server.ts'
import type { SpeechReady } from '../supervise/speech-child.ts'
import type { CloudDeps } from './cloud-deps.ts'

const loopback = '127.0.0.1'
const speechGraceMs = 1_000

/**
 * `--role speech`: the speech service alone, for a child of the cloud or a machine of its own. Without a token only this machine is
 * served, whatever address the rest of a cloud listens on. Rejects with `PortTakenError`.
 */
export const startSpeechAlone = async ({ config, clock, log, parts }: CloudDeps): Promise<SpeechReady> => {
  const { speech_port: port, speech_token: token, zh_model_dir: zhModelDir, models_dir: modelsDir } = config
  const host = token === undefined ? loopback : config.host
  const engines = await findLocalEngines({
    clock,
    log,
    ...(zhModelDir !== undefined && { zhModelDir }),
    ...(modelsDir !== undefined && { modelsDir }),
  })
  const address = { host, port, ...(token !== undefined && { token }) }
  const use = { port, protocol: 'tcp', purpose: 'the speech service', option: '--speech-port' } as const
  const server = await startSpeechServer({ clock, log, ...engines, address }).catch((error: unknown) => {
    // gRPC tells of a taken port in words only.
    const isTaken = port !== 0 && holderOfPort(port, 'tcp') !== undefined
    throw isTaken ? explainListenError(Object.assign(new Error('taken'), { code: 'EADDRINUSE' }), use) : error
  })
  parts.add('speech server', () => server.close(speechGraceMs))
  // The first turn must not pay for loading; a model that cannot be loaded is known now, not then.
  await Promise.all(engines.recognisers.map((recogniser) => recogniser.warm()))
  putEnginesBehind()
  return {
    speech_address: `${hostInUrl(listensEverywhere(host) ? createPublicHost(config, clock).current() : host)}:${server.port}`,
  }
}
