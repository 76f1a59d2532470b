import * as v from 'valibot'
import { firmwareTargets, keyIdSchema, maxFirmwareBytes, publicKeySchema, targetSchema } from '../firmware/manifest.ts'
import { endpoint } from './endpoint.ts'
import { instantSchema, line } from './fields.ts'

/** Who gets a release first; each ring holds the ones before it. */
export const rings = ['canary', 'early', 'all'] as const
const ringSchema = v.picklist(rings)
export type Ring = v.InferOutput<typeof ringSchema>

/** `active`: offered. `paused`: offered to nobody for now. `withdrawn`: never again. */
const stateSchema = v.picklist(['active', 'paused', 'withdrawn'])
export type ReleaseState = v.InferOutput<typeof stateSchema>

const keySchema = v.object({
  key_id: keyIdSchema,
  name: v.string(),
  public_key: v.string(),
  /** `config`: named where the cloud was started; only there it can be taken away. */
  from: v.picklist(['config', 'panel']),
  added_at: v.nullable(instantSchema),
})
export type FirmwareKeyView = v.InferOutput<typeof keySchema>

const releaseSchema = v.object({
  release_id: v.string(),
  version: v.string(),
  target: targetSchema,
  size_bytes: v.number(),
  sha256: v.string(),
  min_version: v.string(),
  key_id: v.string(),
  notes: v.nullable(v.string()),
  made_at: instantSchema,
  uploaded_at: instantSchema,
  uploaded_by: v.string(),
  state: stateSchema,
  ring: ringSchema,
  /** Of the speakers of the widest ring, 0 to 100; always the same ones first. */
  percent: v.number(),
  /** Speakers to which it is offered now, and that run it. */
  offered_to: v.number(),
  running_on: v.number(),
})
export type ReleaseView = v.InferOutput<typeof releaseSchema>

const memberSchema = v.object({ device_id: v.string(), ring: ringSchema })
const fleetSchema = v.array(
  v.object({ version: v.nullable(v.string()), target: v.nullable(v.picklist(firmwareTargets)), speakers: v.number() }),
)

const system = { type: 'system' } as const
const percent = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100))

/** Releases of the speakers' software: signed elsewhere, kept and handed out here. */
export const firmwareEndpoints = {
  listFirmware: endpoint('/api/system/firmware', {
    method: 'GET',
    access: system,
    scope: 'system:read',
    status: 200,
    summary: 'Releases, newest version first; which versions run; who is in the first rings',
    reply: v.object({ items: v.array(releaseSchema), fleet: fleetSchema, members: v.array(memberSchema) }),
  }),
  /** Streamed to disk. It begins paused: nobody gets it before somebody says so. */
  uploadFirmware: endpoint('/api/system/firmware', {
    method: 'POST',
    access: system,
    scope: 'system:write',
    status: 201,
    summary: 'Upload a signed bundle; refused unless a trusted key has signed it and its payload is whole',
    body: {
      type: 'binary',
      contentType: 'application/octet-stream',
      maxBytes: maxFirmwareBytes + 16 * 1024,
      streamed: true,
    },
    reply: releaseSchema,
  }),
  changeFirmware: endpoint('/api/system/firmware/{release_id}', {
    method: 'PATCH',
    access: system,
    scope: 'system:write',
    status: 200,
    summary: 'Offer a release to a ring or a share of the speakers, pause it, withdraw it for good',
    body: v.strictObject({
      state: v.optional(stateSchema),
      ring: v.optional(ringSchema),
      percent: v.optional(percent),
    }),
    reply: releaseSchema,
  }),
  deleteFirmware: endpoint('/api/system/firmware/{release_id}', {
    method: 'DELETE',
    access: system,
    scope: 'system:write',
    status: 204,
    summary: 'Remove a withdrawn release and its file',
    reply: 'none',
  }),
  setFirmwareRing: endpoint('/api/devices/{device_id}/firmware-ring', {
    method: 'PUT',
    access: { type: 'of_home', atLeast: 'admin', by: 'device_id' },
    scope: 'devices:write',
    status: 200,
    summary: 'Whether this speaker gets releases before others',
    body: v.strictObject({ ring: ringSchema }),
    reply: memberSchema,
  }),
  listFirmwareKeys: endpoint('/api/system/firmware-keys', {
    method: 'GET',
    access: system,
    scope: 'system:read',
    status: 200,
    summary: 'Public keys whose signatures are trusted',
    reply: v.object({ items: v.array(keySchema) }),
  }),
  addFirmwareKey: endpoint('/api/system/firmware-keys', {
    method: 'POST',
    access: system,
    scope: 'none',
    status: 201,
    summary: 'Trust a public key',
    body: v.strictObject({ name: line(100), public_key: publicKeySchema }),
    reply: keySchema,
  }),
  removeFirmwareKey: endpoint('/api/system/firmware-keys/{key_id}', {
    method: 'DELETE',
    access: system,
    scope: 'none',
    status: 204,
    summary: 'Trust a public key no more; releases that it signed are withdrawn',
    reply: 'none',
  }),
}
