import { createServer } from 'node:http'
import { silentLog } from '@mynah/shared/log/log.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { writeCursor } from '../../src/api/cursor.ts'
import { createAccessTokens } from '../../src/auth/access-token.ts'
import { createPrincipals } from '../../src/auth/principals.ts'
import { createSpeakers } from '../../src/live/speakers.ts'
import { createApiStores } from '../../src/store/api-stores.ts'
import { openStore } from '../../src/store/open-store.ts'
import { serveLoad } from './load-process.ts'

/**
 * What the list of speakers is compared with: nothing but `node:http`, and of Mynah exactly what makes the answer - the same check of
 * the token (with its cache), the same speakers in memory, the same JSON. No routes, roles, rates, schemas, metrics or security headers.
 */
export type BareRequest = { readonly dataDir: string }
export type BareReply = { readonly port: number }

const start = async ({ dataDir }: BareRequest): Promise<BareReply> => {
  const store = openStore({ dataDir, clock: systemClock, log: silentLog })
  const stores = createApiStores({ db: store.db, sealer: store.sealer, sounds: store.sounds, clock: systemClock })
  const accessTokens = createAccessTokens({ key: stores.signingKey, clock: systemClock })
  const principals = createPrincipals({ clock: systemClock, stores, accessTokens })
  const never = () => () => {}
  const speakers = createSpeakers({
    clock: systemClock,
    registry: stores.registry,
    store,
    broker: { publish: () => {}, onMessage: never, onPresence: never, onPublish: never },
    writeCursor,
  })
  const server = createServer((request, response) => {
    const bearer = request.headers.authorization?.slice('Bearer '.length) ?? ''
    const caller = principals.recognise(bearer)
    if (request.url !== '/api/devices' || caller.type !== 'known') {
      response.writeHead(401).end()
      return
    }
    const { bytes } = speakers.page({ homeIds: [...caller.principal.homes.keys()], after: '', limit: 200 })
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
    response.end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0 }
}

serveLoad(start)
