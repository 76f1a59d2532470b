import type { FirmwareKeyView, ReleaseView, Ring } from '@mynah/shared/api/firmware.ts'
import { readBundleHead } from '@mynah/shared/firmware/bundle.ts'
import { keyIdOf, verifyManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import type { Handlers } from './fake-call.ts'
import { FakeProblem } from './fake-problem.ts'
import type { FakeState } from './fake-state.ts'

type FakeFirmware = { releases: ReleaseView[]; keys: FirmwareKeyView[]; readonly rings: Map<string, Ring> }

const kept = new WeakMap<FakeState, FakeFirmware>()

const release = (state: FakeState, version: string, more: Partial<ReleaseView>): ReleaseView => ({
  release_id: `release-${version}`,
  version,
  target: 'arm64',
  size_bytes: 48_400_000,
  sha256: 'a'.repeat(64),
  min_version: '0.1.0',
  key_id: '0123456789abcdef',
  notes: null,
  made_at: state.at(-600),
  uploaded_at: state.at(-540),
  uploaded_by: 'ada',
  state: 'paused',
  ring: 'canary',
  percent: 100,
  offered_to: 0,
  running_on: 0,
  ...more,
})

const firmwareOf = (state: FakeState): FakeFirmware => {
  const known = kept.get(state)
  if (known) return known
  const made: FakeFirmware = {
    releases: [
      release(state, '0.3.0', { state: 'active', ring: 'early', percent: 25, offered_to: 2, notes: 'Faster wake' }),
      release(state, '0.2.0', { state: 'withdrawn' }),
    ],
    keys: [
      {
        key_id: '0123456789abcdef',
        name: 'Release key',
        public_key: `mynah-fw1.${'A'.repeat(43)}`,
        from: 'panel',
        added_at: state.at(-900),
      },
    ],
    rings: new Map([['kitchen', 'canary']]),
  }
  kept.set(state, made)
  return made
}

const releaseOf = (state: FakeState, releaseId: string): ReleaseView => {
  const found = firmwareOf(state).releases.find(({ release_id: id }) => id === releaseId)
  if (!found) throw new FakeProblem(404, 'not_found')
  return found
}

export const firmwareHandlers: Handlers = {
  listFirmware: ({ state }) => ({
    items: firmwareOf(state).releases,
    fleet: [{ version: '0.1.0', target: 'arm64', speakers: state.devices.size }],
    members: [...firmwareOf(state).rings].map(([device_id, ring]) => ({ device_id, ring })),
  }),
  uploadFirmware: ({ state, body }) => {
    // The fake reads every body whole, whatever the contract promises the real one.
    const head = readBundleHead(body as unknown as Uint8Array)
    if (!head.ok) throw new FakeProblem(400, 'bad_firmware')
    const firmware = firmwareOf(state)
    const trusted = firmware.keys.map(({ public_key: key }) => key)
    const manifest = verifyManifest(head.value.manifestBytes, head.value.signature, trusted)
    if (!manifest.ok) throw new FakeProblem(403, 'firmware_untrusted')
    const made = release(state, manifest.value.version, { key_id: manifest.value.key_id })
    firmware.releases = [made, ...firmware.releases]
    return made
  },
  changeFirmware: ({ state, params, body }) => {
    const firmware = firmwareOf(state)
    const before = releaseOf(state, params.release_id)
    const after: ReleaseView = {
      ...before,
      state: body.state ?? before.state,
      ring: body.ring ?? before.ring,
      percent: body.percent ?? before.percent,
    }
    firmware.releases = firmware.releases.map((other) => (other === before ? after : other))
    return after
  },
  deleteFirmware: ({ state, params }) => {
    const gone = releaseOf(state, params.release_id)
    const firmware = firmwareOf(state)
    firmware.releases = firmware.releases.filter((other) => other !== gone)
    return undefined
  },
  setFirmwareRing: ({ state, params, body }) => {
    firmwareOf(state).rings.set(params.device_id, body.ring)
    return { device_id: params.device_id, ring: body.ring }
  },
  listFirmwareKeys: ({ state }) => ({ items: firmwareOf(state).keys }),
  addFirmwareKey: ({ state, body }) => {
    const added: FirmwareKeyView = {
      key_id: keyIdOf(body.public_key),
      name: body.name,
      public_key: body.public_key,
      from: 'panel',
      added_at: state.at(0),
    }
    firmwareOf(state).keys.push(added)
    return added
  },
  removeFirmwareKey: ({ state, params }) => {
    const firmware = firmwareOf(state)
    firmware.keys = firmware.keys.filter(({ key_id: id }) => id !== params.key_id)
    return undefined
  },
}
