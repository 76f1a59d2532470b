import { once } from 'node:events'
import { createServer } from 'node:http'
import { type LiveMessage, liveMessageSchema } from '@mynah/shared/api/live.ts'
import * as v from 'valibot'
import { WebSocket } from 'ws'
import type { ComposedApi } from '../../src/api/compose-api.ts'
import type { Browser } from '../api/api-fixture.ts'
import { openingOf } from './opening-of.ts'

/** `/ws` of an API on a port of its own. */
export const openLive = async (api: ComposedApi) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const detach = api.attach(server, { refuseOthers: true })
  const portOf = () => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  }
  /** Opens `/ws`; every message is checked against the contract as it comes. */
  const connect = async (ticket: string, after?: string) => {
    const query = new URLSearchParams({ ticket, ...(after !== undefined && { after }) })
    const socket = new WebSocket(`ws://127.0.0.1:${portOf()}/ws?${query}`)
    const messages: LiveMessage[] = []
    socket.on('message', (text) => messages.push(v.parse(liveMessageSchema, JSON.parse(String(text)))))
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    const opened = await openingOf(socket)
    const until = async (count: number) => {
      while (messages.length < count) await new Promise((resolve) => setImmediate(resolve))
      return messages
    }
    return { opened, messages, until, closed, socket }
  }
  return {
    connect,
    port: portOf,
    join: async (browser: Browser, after?: string) =>
      connect((await browser.call('createLiveTicket', {})).ticket, after),
    close: async () => {
      await detach()
      server.closeAllConnections()
      server.close()
    },
  }
}
