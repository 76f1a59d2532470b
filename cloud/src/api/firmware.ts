import type { firmwareEndpoints } from '@mynah/shared/api/firmware.ts'
import type { Firmware } from '../firmware/firmware.ts'
import type { Store } from '../store/open-store.ts'
import { type Actions, done, type NamesOf, notFound, refused } from './action.ts'
import { BodyTooLargeError } from './read-request.ts'

export type FirmwareActionsDeps = {
  readonly firmware: Firmware
  readonly audit: Store['audit']
}

/** A refusal is told only when all was sent: a browser that is answered in the middle of an upload shows a lost connection. */
const drain = async (body: AsyncIterable<Uint8Array>) => {
  try {
    for await (const _ of body);
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error
  }
}

/** An iterable that may be read in two parts: `for await` that ends early would close it. */
const inParts = (body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => {
  const iterator = body[Symbol.asyncIterator]()
  return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) }
}

const elsewhere = refused('unavailable', 'Releases are changed at the gateway of this cloud.')

/**
 * At a bridge: the gateway beside it knows who runs what and offers each speaker its release. Two that do would contradict each
 * other.
 */
export const releasesElsewhere = {
  uploadFirmware: async ({ body }) => {
    await drain(body)
    return elsewhere
  },
  changeFirmware: () => elsewhere,
  deleteFirmware: () => elsewhere,
  setFirmwareRing: () => elsewhere,
  addFirmwareKey: () => elsewhere,
  removeFirmwareKey: () => elsewhere,
} satisfies Partial<Actions<NamesOf<typeof firmwareEndpoints>>>

/** Releases of the speakers' software, for whoever runs this cloud. */
export const firmwareActions = (deps: FirmwareActionsDeps): Actions<NamesOf<typeof firmwareEndpoints>> => {
  const { firmware, audit } = deps
  const shown = (releaseId: string) => {
    const view = firmware.viewOf(releaseId)
    return view ? done(view) : notFound()
  }
  return {
    listFirmware: () =>
      done({
        items: [...firmware.views()],
        fleet: firmware.fleet(),
        members: [...firmware.rings()].map(([device_id, ring]) => ({ device_id, ring })),
      }),
    uploadFirmware: async ({ body, principal }) => {
      const bytes = inParts(body)
      try {
        const received = await firmware.receive(bytes, principal.actor)
        if (!received.ok) {
          await drain(bytes)
          return refused(received.error.code, received.error.message)
        }
        const view = firmware.viewOf(received.value)
        const detail = { version: view?.version ?? '', target: view?.target ?? '', key: view?.key_id ?? '' }
        audit.add({ actor: principal.actor, action: 'firmware_uploaded', target: received.value, detail })
        return shown(received.value)
      } catch (error) {
        if (error instanceof BodyTooLargeError) return refused('too_large', `${error.message}.`)
        throw error
      }
    },
    changeFirmware: ({ params, body, principal }) => {
      const releaseId = params.release_id
      const before = firmware.viewOf(releaseId)
      if (!before) return notFound()
      if (before.state === 'withdrawn') {
        return refused('conflict', 'This release is withdrawn for good. Upload it again to offer it again.')
      }
      firmware.change(releaseId, body)
      const detail = { version: before.version, target_machine: before.target, ...definedOf(body) }
      audit.add({ actor: principal.actor, action: 'firmware_changed', target: releaseId, detail })
      return shown(releaseId)
    },
    deleteFirmware: ({ params, principal }) => {
      const view = firmware.viewOf(params.release_id)
      if (!view) return notFound()
      if (view.state !== 'withdrawn') return refused('conflict', 'Withdraw this release before you delete it.')
      firmware.remove(view.release_id)
      const detail = { version: view.version }
      audit.add({ actor: principal.actor, action: 'firmware_removed', target: view.release_id, detail })
      return done(undefined)
    },
    setFirmwareRing: ({ params, body, principal }) => {
      const deviceId = params.device_id
      firmware.setRing(deviceId, body.ring)
      const detail = { ring: body.ring }
      audit.add({ actor: principal.actor, action: 'firmware_ring_changed', target: deviceId, detail })
      return done({ device_id: deviceId, ring: body.ring })
    },
    listFirmwareKeys: () => done({ items: [...firmware.keys()] }),
    addFirmwareKey: ({ body, principal }) => {
      if (!firmware.addKey(body.name, body.public_key)) return refused('conflict', 'This key is trusted already.')
      const added = firmware.keys().find(({ public_key }) => public_key === body.public_key)
      if (!added) return notFound()
      audit.add({
        actor: principal.actor,
        action: 'firmware_key_added',
        target: added.key_id,
        detail: { name: body.name },
      })
      return done(added)
    },
    removeFirmwareKey: ({ params, principal }) => {
      const key = firmware.keys().find(({ key_id }) => key_id === params.key_id)
      if (!key) return notFound()
      if (!firmware.removeKey(key.key_id)) {
        return refused('conflict', 'This key is named in the configuration of the cloud: take it away there.')
      }
      audit.add({ actor: principal.actor, action: 'firmware_key_removed', target: key.key_id })
      return done(undefined)
    },
  }
}

const definedOf = <T extends object>(change: T) =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Record<
    string,
    string | number
  >
