import { type Actions, done, notFound, refused } from '../action.ts'
import { readCursor } from '../cursor.ts'
import { configViewOf, detailOf } from './detail.ts'
import type { DevicesDeps } from './devices-deps.ts'

type Names =
  | 'listDevices'
  | 'getDevice'
  | 'updateDevice'
  | 'getDeviceConfig'
  | 'setDeviceConfig'
  | 'commandDevice'
  | 'transferDevice'
  | 'unclaimDevice'

const defaultLimit = 200

/** Seeing, configuring, commanding speakers. */
export const speakerActions = (deps: DevicesDeps): Actions<Names> => {
  const { stores, store, speakers, steering, broker } = deps

  const detail = (deviceId: string) => {
    const found = detailOf(deps, deviceId)
    return found ? done(found) : notFound()
  }
  return {
    listDevices: ({ homeIds, query }) => {
      const wanted = query.home_id === undefined ? homeIds : homeIds.filter((homeId) => homeId === query.home_id)
      if (query.home_id !== undefined && wanted.length === 0) return notFound()
      const [after = ''] = readCursor(query.cursor, 1)
      return speakers.page({ homeIds: wanted, after, limit: query.limit ?? defaultLimit })
    },
    getDevice: ({ params }) => detail(params.device_id),
    updateDevice: async ({ params, body, principal, signal }) => {
      const { name, room } = body
      const change = { ...(name !== undefined && { name }), ...(room !== undefined && { room }) }
      if (Object.keys(change).length > 0) {
        await steering.setConfig({ deviceId: params.device_id, change, actor: principal.actor }, signal)
      }
      return detail(params.device_id)
    },
    getDeviceConfig: ({ params }) => {
      const view = configViewOf(deps, params.device_id)
      return done(view, { version: view.version })
    },
    setDeviceConfig: async ({ params, body, principal, ifMatch, signal }) => {
      const deviceId = params.device_id
      const request = { deviceId, change: body, actor: principal.actor, onVersion: ifMatch }
      const outcome = await steering.setConfig(request, signal)
      if (outcome.state === 'conflict') {
        const detail = `The configuration was changed meanwhile: version ${outcome.version} is there, not ${ifMatch}.`
        return refused('version_conflict', detail, { current_version: outcome.version })
      }
      const view = configViewOf(deps, deviceId)
      // A newer version, made by somebody else while this one waited, is not the answer to this change.
      if (view.version !== outcome.version)
        return done({ ...view, state: 'replaced' as const }, { version: view.version })
      const error = outcome.state === 'refused' ? outcome.error : view.error
      // What came after the waiting was over stands in the store already.
      const state = outcome.state === 'pending' ? view.state : outcome.state
      return done({ ...view, state, error }, { version: outcome.version })
    },
    commandDevice: async ({ params, body, principal, signal }) => {
      const deviceId = params.device_id
      if (!speakers.find(deviceId)?.view.online) return refused('device_offline', 'This speaker is not connected.')
      const command = { type: body.command }
      return done({ ...(await steering.command({ deviceId, command, actor: principal.actor }, signal)) })
    },
    transferDevice: ({ params, body, homeId, principal }) => {
      const deviceId = params.device_id
      if (!principal.homes.has(body.home_id)) return notFound()
      if (principal.homes.get(body.home_id) !== 'admin') {
        return refused('forbidden', 'You must be admin of the home that the speaker moves to, too.')
      }
      if (body.home_id !== homeId) {
        stores.atOnce(() => {
          const entry = { actor: principal.actor, action: 'device_transferred', target: deviceId } as const
          store.audit.add({ ...entry, homeId, detail: { to: body.home_id } })
          stores.registry.move(deviceId, body.home_id)
          store.audit.add({ ...entry, homeId: body.home_id, detail: { from: homeId } })
        })
        speakers.reload(deviceId)
      }
      return detail(deviceId)
    },
    unclaimDevice: async ({ params, homeId, principal, signal }) => {
      const deviceId = params.device_id
      // One that is there forgets its secret; one that is not is refused when it comes.
      if (speakers.find(deviceId)?.view.online) {
        await steering.command({ deviceId, command: { type: 'unclaim' }, actor: principal.actor }, signal)
      }
      stores.atOnce(() => {
        store.devices.revoke(deviceId)
        store.audit.add({ actor: principal.actor, action: 'device_revoked', target: deviceId, homeId })
      })
      broker.disconnect(deviceId)
      speakers.reload(deviceId)
      return done(undefined)
    },
  }
}
