import { hostInUrl } from '@mynah/shared/wire/url-host.ts'
import type { AudioPlane } from '../bridge/audio-plane.ts'
import { createAudioPlane, shardOf } from '../bridge/plane/create-audio-plane.ts'
import type { CloudConfig } from '../config.ts'
import { explainListenError } from '../gateway/port-taken.ts'
import type { PublicHost } from '../public-host.ts'
import type { CloudDeps } from './cloud-deps.ts'

/** A worker tells by message why it cannot listen: its port and the system's code are in the sentence. */
const explainPlaneError = (error: unknown): unknown => {
  const [, port, code] = /UDP port (\d+): bind (EADDRINUSE|EACCES)/.exec(String(error)) ?? []
  if (port === undefined) return error
  const use = { port: Number(port), protocol: 'udp', purpose: 'sound of the speakers', option: '--udp-port' } as const
  return explainListenError(Object.assign(new Error(code, { cause: error }), { code }), use)
}

/** Starts the audio workers; resolves when all listen. Rejects with `PortTakenError` or the error of the one that cannot. */
export const startPlane = async (
  { config, clock, log, parts, publicHost }: CloudDeps & { readonly publicHost: PublicHost },
  speechAddress: string,
  signal: AbortSignal,
): Promise<AudioPlane> => {
  const plane = createAudioPlane({
    clock,
    log,
    workers: config.audio_workers,
    bindHost: config.host,
    publicHost: publicHost.current,
    basePort: config.udp_port,
    speechAddress,
  })
  parts.run('audio plane', plane.run)
  try {
    await plane.ready(signal)
  } catch (error) {
    throw explainPlaneError(error)
  }
  return plane
}

/** Where a speaker's sound goes: the plane knows; a gateway without one tells where the bridge's workers listen. */
export const addressIn =
  (config: CloudConfig, publicHost: PublicHost, plane: AudioPlane | undefined) => (deviceId: string) =>
    plane?.addressFor(deviceId) ?? {
      host: publicHost.current(),
      port: config.udp_port + shardOf(deviceId, config.audio_workers),
    }

/** Ids enough that every worker is the one of some of them. */
const sampleIds = (workers: number) => Array.from({ length: workers * 40 }, (_, index) => `sample-${index}`)

/** The addresses of all workers; none without a plane. */
export const udpAddresses = (config: CloudConfig, plane: AudioPlane | undefined): string[] => {
  if (!plane) return []
  const seen = sampleIds(config.audio_workers)
    .map((deviceId) => plane.addressFor(deviceId))
    .map(({ host, port }) => `${hostInUrl(host)}:${port}`)
  return [...new Set(seen)].sort().slice(0, config.audio_workers)
}
