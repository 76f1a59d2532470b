import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP connection's way to a server that can be cut like a cable. */
export type TcpProxy = {
  readonly port: number
  /** Breaks every connection and accepts none until `restore`. */
  readonly cut: () => void
  readonly restore: () => void
  /** Breaks every connection; new ones pass at once: what a restart of the server looks like. */
  readonly dropConnections: () => void
  readonly close: () => Promise<void>
}

const listen = (server: Server, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, () => {
      const address = server.address()
      if (address === null || typeof address === 'string') return reject(new Error('The proxy has no TCP address'))
      resolve(address.port)
    })
  })

/** Listens on a free port of 127.0.0.1 and forwards to `target`. */
export const startTcpProxy = async (target: { readonly host: string; readonly port: number }): Promise<TcpProxy> => {
  const sockets = new Set<Socket>()
  let isCut = false
  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    // Either side's failure ends both; the ends have their own clients who report it.
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }
  const server = createServer((client) => {
    if (isCut) {
      client.destroy()
      return
    }
    const upstream = connect(target)
    keep(client, upstream)
    keep(upstream, client)
    client.pipe(upstream)
    upstream.pipe(client)
  })
  const port = await listen(server, '127.0.0.1')
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port,
    dropConnections,
    cut: () => {
      isCut = true
      dropConnections()
    },
    restore: () => {
      isCut = false
    },
    close: () =>
      new Promise((resolve) => {
        dropConnections()
        server.close(() => resolve())
      }),
  }
}
