import * as v from 'valibot'
import { versionSchema } from './version.ts'

/** What a release runs on; `process.arch` of Node. */
export const firmwareTargets = ['arm64', 'x64'] as const
export const targetSchema = v.picklist(firmwareTargets)
export type FirmwareTarget = v.InferOutput<typeof targetSchema>

/** The first 16 hex digits of the SHA-256 of the raw public key. */
export const keyIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, 'a key id is 16 hex digits'))

/** `mynah-fw1.` and the 32 bytes of an Ed25519 public key, base64url. */
export const publicKeySchema = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^mynah-fw1\.[A-Za-z0-9_-]{43}$/, 'a public key is mynah-fw1. and 43 base64url characters'),
)

/** The largest payload that anybody signs, stores or downloads. */
export const maxFirmwareBytes = 512 * 1024 * 1024

/** What a release is: signed as it stands, so every field can be believed once the signature was checked. */
export const manifestSchema = v.object({
  v: v.literal(1),
  product: v.literal('mynah-speaker'),
  version: versionSchema,
  target: targetSchema,
  /** Of the payload, after manifest and signature. */
  size_bytes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maxFirmwareBytes)),
  /** Of the payload, 64 hex digits. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a SHA-256 is 64 hex digits')),
  /** Older speakers cannot take this release directly. */
  min_version: versionSchema,
  key_id: keyIdSchema,
  made_at: v.pipe(v.string(), v.isoTimestamp()),
  notes: v.optional(v.pipe(v.string(), v.maxLength(2_000))),
})
export type Manifest = v.InferOutput<typeof manifestSchema>

export const maxManifestBytes = 8 * 1024
export const signatureBytes = 64
