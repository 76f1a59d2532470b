import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBundleHead, writeBundleHead } from '../../src/firmware/bundle.ts'
import {
  keyIdOf,
  newFirmwareKey,
  publicKeyOf,
  signManifest,
  verifyManifest,
} from '../../src/firmware/firmware-signature.ts'
import { compareVersions, isVersion } from '../../src/firmware/version.ts'

const key = newFirmwareKey()
const stranger = newFirmwareKey()
const manifest = {
  v: 1,
  product: 'mynah-speaker',
  version: '1.2.3',
  target: 'arm64',
  size_bytes: 5,
  sha256: 'a'.repeat(64),
  min_version: '1.0.0',
  key_id: keyIdOf(key.publicKey),
  made_at: '2026-11-22T00:00:00Z',
}
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const codeOf = (bytes: Uint8Array, signature: Uint8Array, keys: readonly string[]) => {
  const verified = verifyManifest(bytes, signature, keys)
  return verified.ok ? 'ok' : verified.error.code
}

describe('versions', () => {
  test('are ordered as Semantic Versioning says', () => {
    const inOrder = [
      '0.9.9',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0',
      '1.0.1',
      '1.10.0',
    ]
    const shuffled = inOrder.toReversed().sort(compareVersions)
    expect(shuffled).toEqual(inOrder)
  })
  test('are not what merely looks like one; such a thing is older than all', () => {
    for (const text of ['1', '1.2', 'v1.2.3', '01.2.3', '1.2.3+x', '1.2.3-', 'simulator']) {
      expect(isVersion(text), text).toBe(false)
      expect(compareVersions(text, '0.0.0')).toBeLessThan(0)
    }
  })
})

describe('a manifest', () => {
  const bytes = bytesOf(manifest)
  const signature = signManifest(bytes, key.privatePem)

  test('is believed when a trusted key has signed it', () => {
    expect(verifyManifest(bytes, signature, [stranger.publicKey, key.publicKey])).toMatchObject({
      ok: true,
      value: manifest,
    })
    expect(publicKeyOf(key.privatePem)).toBe(key.publicKey)
  })
  test('is not believed when a stranger signed it, under its own name or under that of a trusted key', () => {
    const theirs = bytesOf({ ...manifest, key_id: keyIdOf(stranger.publicKey) })
    expect(codeOf(theirs, signManifest(theirs, stranger.privatePem), [key.publicKey])).toBe('untrusted')
    expect(codeOf(bytes, signManifest(bytes, stranger.privatePem), [key.publicKey])).toBe('bad_signature')
    expect(codeOf(bytes, signature, [])).toBe('untrusted')
  })
  test('is not believed after any change of any byte', () => {
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(codeOf(changed, signature, [key.publicKey])).not.toBe('ok')
    }
    for (let at = 0; at < signature.length; at++) {
      const changed = signature.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(codeOf(bytes, changed, [key.publicKey])).toBe('bad_signature')
    }
    expect(codeOf(bytes, signature.subarray(1), [key.publicKey])).toBe('bad_signature')
  })
  test('needs every field, in its bounds', () => {
    for (const wrong of [
      { version: '1' },
      { target: 'mips' },
      { size_bytes: 0 },
      { size_bytes: 2 ** 40 },
      { sha256: 'x' },
      { product: 'toaster' },
      { min_version: '' },
    ]) {
      const spoilt = bytesOf({ ...manifest, ...wrong })
      expect(codeOf(spoilt, signManifest(spoilt, key.privatePem), [key.publicKey])).toBe('bad_manifest')
    }
  })
})

describe('a bundle', () => {
  const bytes = bytesOf(manifest)
  const head = writeBundleHead(bytes, signManifest(bytes, key.privatePem))

  test('gives back what was written, and where the payload begins', () => {
    const read = readBundleHead(new Uint8Array([...head, 1, 2, 3]))
    if (!read.ok) throw new Error(read.error.message)
    expect(read.value.payloadOffset).toBe(head.length)
    expect(codeOf(read.value.manifestBytes, read.value.signature, [key.publicKey])).toBe('ok')
  })
  test('asks for more while its head is cut off', () => {
    for (let length = 0; length < head.length; length++) {
      const read = readBundleHead(head.subarray(0, length))
      expect(!read.ok && read.error.code).toBe('truncated')
    }
  })
  test('of any other bytes is refused without a throw, and without believing a length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const read = readBundleHead(noise)
        expect(read.ok).toBe(false)
      }),
    )
    const huge = head.slice()
    huge.set([0xff, 0xff, 0xff, 0xff], 8)
    const read = readBundleHead(huge)
    expect(!read.ok && read.error.code).toBe('not_a_bundle')
  })
})
