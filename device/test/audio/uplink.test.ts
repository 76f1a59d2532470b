import { createOpusDecoder, createOpusEncoder } from '@mynah/shared/audio/opus.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { createOpener, createSealer, type Datagram } from '@mynah/shared/wire/datagram.ts'
import { describe, expect, it } from 'vitest'
import { createUplink } from '../../src/audio/uplink.ts'

const start = () => {
  const clock = createManualClock()
  const stream = { key: new Uint8Array(32).fill(3), streamId: 99n, direction: 'uplink' } as const
  const sent: Uint8Array[] = []
  const moments: string[] = []
  const uplink = createUplink({
    clock,
    encoder: createOpusEncoder({ sampleRateHz: 16_000, bitrateBps: 24_000, complexity: 5 }),
    sealer: createSealer(stream),
    send: (datagram) => sent.push(datagram),
    onFirstPacket: () => moments.push('first packet'),
    onEnd: () => moments.push('end'),
  })
  const open = (datagrams: readonly Uint8Array[]): Datagram[] => {
    const opener = createOpener(stream)
    return datagrams.flatMap((bytes) => {
      const opened = opener.open(bytes)
      return opened.ok ? [opened.value] : []
    })
  }
  const settle = async () => {
    for (let i = 0; i < 30; i++) await clock.advance(0)
  }
  return { clock, uplink, sent, moments, open, settle }
}
const preRoll = new Int16Array(75 * 320).map((_, i) => 5_000 * Math.sin(i / 7))

describe('the uplink', () => {
  it('sends its first packet at once and the rest of the pre-roll in slices', async () => {
    const at = start()
    at.uplink.begin(preRoll)
    expect(at.sent).toHaveLength(1)
    expect(at.moments).toEqual(['first packet'])
    await at.clock.advance(0)
    expect(at.sent.length).toBeLessThan(30)
    await at.settle()
    expect(at.sent).toHaveLength(75)
  })
  it('keeps live frames behind the pre-roll, and the end behind them', async () => {
    const at = start()
    at.uplink.begin(preRoll)
    for (let i = 0; i < 10; i++) at.uplink.hear(new Int16Array(320))
    at.uplink.finish()
    at.uplink.hear(new Int16Array(320))
    await at.settle()
    const datagrams = at.open(at.sent)
    expect(datagrams.map(({ type }) => type)).toEqual([...new Array(85).fill('audio'), 'end_of_stream'])
    expect(datagrams.map(({ sequence }) => sequence)).toEqual(datagrams.map((_, index) => index))
    expect(datagrams.map(({ mediaTime }) => mediaTime)).toEqual(datagrams.map((_, index) => index * 320))
    expect(at.uplink.sentFrames()).toBe(85)
    expect(at.moments).toEqual(['first packet', 'end'])
  })
  it('carries the two frames before in each datagram: two lost in a row are there in the third', async () => {
    const at = start()
    at.uplink.begin(preRoll)
    await at.settle()
    const datagrams = at.open(at.sent)
    expect(datagrams[10]?.redundancy?.[0]).toEqual(datagrams[9]?.payload)
    expect(datagrams[10]?.redundancy?.[1]).toEqual(datagrams[8]?.payload)
    const decoder = createOpusDecoder({ sampleRateHz: 16_000 })
    expect(datagrams.every(({ payload }) => decoder.decode(payload).ok)).toBe(true)
  })
  it('says the end three times, 20 ms apart, with the same bytes', async () => {
    const at = start()
    at.uplink.begin(preRoll.subarray(0, 320))
    at.uplink.finish()
    expect(at.sent).toHaveLength(2)
    await at.clock.advance(20)
    await at.clock.advance(20)
    expect(at.sent).toHaveLength(4)
    expect(at.sent[2]).toEqual(at.sent[1])
    expect(at.sent[3]).toEqual(at.sent[1])
    await at.clock.advance(1_000)
    expect(at.sent).toHaveLength(4)
  })
  it('sends everything again byte for byte when the way changes', async () => {
    const at = start()
    at.uplink.begin(preRoll)
    await at.settle()
    at.uplink.sendAgain()
    expect(at.sent.slice(75)).toEqual(at.sent.slice(0, 75))
  })
  it('sends nothing before it begins, after it is closed, or beyond 17 s', async () => {
    const at = start()
    at.uplink.hear(new Int16Array(320))
    expect(at.sent).toHaveLength(0)
    at.uplink.begin(new Int16Array(0))
    for (let i = 0; i < 1_000; i++) at.uplink.hear(new Int16Array(320))
    expect(at.sent).toHaveLength(850)
    at.uplink.close()
    at.uplink.hear(new Int16Array(320))
    at.uplink.finish()
    expect(at.sent).toHaveLength(850)
  })
})
