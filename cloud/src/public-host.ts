import { networkInterfaces } from 'node:os'
import type { Clock } from '@mynah/shared/time/clock.ts'

/** The host under which speakers reach this machine. */
export type PublicHost = {
  readonly current: () => string
  /** Nobody said it: it is an address of this machine, which may get another one. */
  readonly isGuessed: boolean
}

const guessEveryMs = 5_000

const interfaceAddresses = () => Object.values(networkInterfaces()).flatMap((list) => list ?? [])

/** Every address of this machine. */
export const ownAddresses = (): readonly string[] => interfaceAddresses().map(({ address }) => address)

export const listensEverywhere = (host: string): boolean => host === '0.0.0.0' || host === '::'

/** The address speakers most likely reach: the first of a real network, else loopback. */
const guessPublicHost = (): string =>
  interfaceAddresses().find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'

type HostSettings = { readonly host: string; readonly public_host?: string | undefined }

/** As it is configured, else the address that is listened on, else what `guess` says of the machine at present. */
export const createPublicHost = (
  { host: listensAt, public_host: configured }: HostSettings,
  clock: Pick<Clock, 'now'>,
  guess: () => string = guessPublicHost,
): PublicHost => {
  if (configured !== undefined) return { current: () => configured, isGuessed: false }
  if (!listensEverywhere(listensAt)) return { current: () => listensAt, isGuessed: false }
  let host = guess()
  let guessedAtMs = clock.now()
  const current = () => {
    if (clock.now() - guessedAtMs >= guessEveryMs) {
      host = guess()
      guessedAtMs = clock.now()
    }
    return host
  }
  return { current, isGuessed: true }
}
