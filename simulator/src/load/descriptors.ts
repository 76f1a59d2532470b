import type { LoadOptions } from './load-options.ts'

/** Open files and sockets that each process of a load run needs at its peak. */
export type DescriptorNeeds = {
  readonly control: number
  readonly live: number
  readonly speakers: number
  readonly browsers: number
  readonly api: number
}

/** Libraries, database, log, pipes: measured at 60 to 90, doubled. */
const spare = 150
export const maxApiConnections = 64

/**
 * Pure: the cloud holds one descriptor per speaker and per API connection in its control process, one per browser in its live process;
 * each generator its own side of them.
 */
export const descriptorNeeds = ({ devices, browsers }: Pick<LoadOptions, 'devices' | 'browsers'>): DescriptorNeeds => ({
  control: devices + 2 * maxApiConnections + spare,
  live: browsers + spare,
  speakers: devices + spare,
  // Each browser fetches its ticket over a few connections beside its own.
  browsers: browsers + maxApiConnections + spare,
  api: maxApiConnections + spare,
})

/** Why this machine cannot carry it and what to do, in words; undefined when it can. `limit` is of one process. */
export const descriptorProblem = (needs: DescriptorNeeds, limit: number): string | undefined => {
  const [name, most] = Object.entries(needs).reduce((worst, each) => (each[1] > worst[1] ? each : worst))
  if (most <= limit) return undefined
  return [
    `This load needs ${most} file descriptors in one process (${name}), but a process here may open ${limit}.`,
    `Allow more in this shell and start again:  ulimit -n ${most}`,
    `If the shell refuses, raise the hard limit (root): add "* hard nofile ${most}" to /etc/security/limits.conf and sign in again.`,
    `Or ask for less: --devices and --browsers each at most ${Math.max(0, limit - 2 * maxApiConnections - spare)} here.`,
  ].join('\n')
}
