import { once } from 'node:events'
import { createServer } from 'node:net'

/** A TCP port of `host` that was free a moment ago, for a child whose address must be known before it runs. */
export const freePort = async (host: string): Promise<number> => {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error(`no port of ${host} is free`)
  return address.port
}
