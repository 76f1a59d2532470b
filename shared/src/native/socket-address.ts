/** struct sockaddr_in of Linux, in memory that is written anew for each datagram. */
export type SocketAddress = {
  readonly bytes: Uint8Array
  /** False when `host` is no IPv4 address: then nothing may be sent to it. */
  readonly write: (host: string, port: number) => boolean
}

/** `AF_INET` of Linux. */
export const inet = 2
const addressBytes = 16

export const createSocketAddress = (): SocketAddress => {
  const bytes = new Uint8Array(addressBytes)
  new Uint16Array(bytes.buffer)[0] = inet
  return {
    bytes,
    write: (host, port) => {
      const numbers = host.split('.')
      if (numbers.length !== 4) return false
      for (const [index, number] of numbers.entries()) bytes[4 + index] = Number(number)
      bytes[2] = port >> 8
      bytes[3] = port & 0xff
      return true
    },
  }
}
