import type { ReleaseState, Ring } from '@mynah/shared/api/firmware.ts'
import { describe, expect, test } from 'vitest'
import { offerFor } from '../../src/firmware/offer.ts'
import type { Release } from '../../src/store/firmware-store.ts'

const release = (version: string, more: { state?: ReleaseState; ring?: Ring; percent?: number; min?: string } = {}) => {
  const { state = 'active', ring = 'all', percent = 100, min = '0.1.0' } = more
  const made: Release = {
    releaseId: version,
    manifest: {
      v: 1,
      product: 'mynah-speaker',
      version,
      target: 'arm64',
      size_bytes: 1,
      sha256: 'a'.repeat(64),
      min_version: min,
      key_id: '0'.repeat(16),
      made_at: '2026-11-22T00:00:00Z',
    },
    manifestBytes: new Uint8Array(),
    signature: new Uint8Array(),
    uploadedAt: '2026-11-22T00:00:00Z',
    uploadedBy: 'ada',
    state,
    ring,
    percent,
  }
  return made
}
const speaker = { deviceId: 'kitchen', ring: 'all', version: '1.0.0', target: 'arm64' } as const
const offered = (releases: readonly Release[], runner: Parameters<typeof offerFor>[1] = speaker) =>
  offerFor(releases, runner)?.manifest.version

describe('a speaker is offered', () => {
  test('the newest release that is active', () => {
    expect(offered([release('1.2.0'), release('1.10.0'), release('1.9.0')])).toBe('1.10.0')
    expect(offered([release('1.2.0'), release('1.3.0', { state: 'paused' })])).toBe('1.2.0')
    expect(offered([release('1.3.0', { state: 'withdrawn' })])).toBeUndefined()
  })
  test('nothing older than what it runs, nor the same again', () => {
    expect(offered([release('1.0.0'), release('0.9.0')])).toBeUndefined()
  })
  test('nothing that is made for another machine, or that it is too old for', () => {
    expect(offered([release('1.2.0')], { ...speaker, target: 'x64' })).toBeUndefined()
    expect(offered([release('2.0.0', { min: '1.5.0' }), release('1.5.0')])).toBe('1.5.0')
  })
  test('nothing while it has not said what it runs, or runs something that is no version', () => {
    expect(offered([release('1.2.0')], { deviceId: 'kitchen', ring: 'all' })).toBeUndefined()
    expect(offered([release('1.2.0')], { ...speaker, version: 'simulator' })).toBeUndefined()
  })
})

describe('a ring', () => {
  const inRing = (to: Ring) =>
    (['canary', 'early', 'all'] as const).filter((ring) =>
      offered([release('2.0.0', { ring: to })], { ...speaker, ring }),
    )

  test('holds the rings before it', () => {
    expect([inRing('canary'), inRing('early'), inRing('all')]).toEqual([
      ['canary'],
      ['canary', 'early'],
      ['canary', 'early', 'all'],
    ])
  })
  test('is reached by a share of its speakers, always the same first', () => {
    const ids = Array.from({ length: 2_000 }, (_, nth) => `mynah-${nth}`)
    const having = (percent: number) =>
      new Set(ids.filter((deviceId) => offered([release('2.0.0', { percent })], { ...speaker, deviceId })))
    const [ten, thirty] = [having(10), having(30)]
    expect([having(0).size, having(100).size]).toEqual([0, 2_000])
    expect(ten.size / 2_000).toBeCloseTo(0.1, 1)
    expect(thirty.size / 2_000).toBeCloseTo(0.3, 1)
    expect([...ten].every((deviceId) => thirty.has(deviceId))).toBe(true)
    // The rings before have it whole.
    expect(offered([release('2.0.0', { percent: 0 })], { ...speaker, ring: 'early' })).toBe('2.0.0')
  })
})
