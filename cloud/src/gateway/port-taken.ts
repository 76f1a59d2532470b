import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A port that this process needs is in use. Ends the start with exit code 3. */
export class PortTakenError extends Error {
  readonly port: number
  constructor(message: string, port: number, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PortTakenError'
    this.port = port
  }
}

export type PortUse = {
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  /** What it is for, such as `the web panel and the API`. */
  readonly purpose: string
  /** The option that chooses another, such as `--http-port`. */
  readonly option: string
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const listOf = (path: string): string[] => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** Inodes of the sockets bound to a port, from /proc/net (proc(5)): local address is hex `address:port`, the tenth field the inode. */
const socketsOn = (port: number, protocol: 'tcp' | 'udp'): Set<string> => {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = [protocol, `${protocol}6`].flatMap((table) => readText(`/proc/net/${table}`).split('\n').slice(1))
  const inodes = rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${wanted}`) && (protocol === 'udp' || fields[3] === '0A'))
    .map((fields) => fields[9] ?? '')
  return new Set(inodes)
}

const holdsOneOf = (processId: string, inodes: ReadonlySet<string>): boolean =>
  listOf(`/proc/${processId}/fd`).some((descriptor) => {
    try {
      const target = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${processId}/fd/${descriptor}`))
      return target?.[1] !== undefined && inodes.has(target[1])
    } catch {
      return false
    }
  })

/** `node (process 4711)`, or undefined when it cannot be seen (another user's process, no /proc). */
export const holderOfPort = (port: number, protocol: 'tcp' | 'udp'): string | undefined => {
  const inodes = socketsOn(port, protocol)
  if (inodes.size === 0) return undefined
  const processId = listOf('/proc').find((name) => /^\d+$/.test(name) && holdsOneOf(name, inodes))
  if (processId === undefined) return undefined
  return `${readText(`/proc/${processId}/comm`).trim() || 'a process'} (process ${processId})`
}

/** Turns `EADDRINUSE` and `EACCES` of a listener into a sentence that says what to do; other errors stay as they are. */
export const explainListenError = (error: unknown, use: PortUse): unknown => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error
  const where = `${use.protocol.toUpperCase()} port ${use.port}`
  if (code === 'EACCES') {
    return new PortTakenError(
      `${where} (${use.purpose}) may not be opened by this user. Choose one above 1023 with ${use.option}.`,
      use.port,
      { cause: error },
    )
  }
  const holder = holderOfPort(use.port, use.protocol)
  return new PortTakenError(
    `${where} (${use.purpose}) is taken${holder ? ` by ${holder}` : ''}. Choose another with ${use.option}, or 0 for any free one.`,
    use.port,
    { cause: error },
  )
}
