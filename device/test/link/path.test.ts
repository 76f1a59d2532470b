import { silentLog } from '@mynah/shared/log/log.ts'
import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, it } from 'vitest'
import { createAudioPath } from '../../src/link/path.ts'

const start = (tunnelWorks = true) => {
  const clock = createManualClock()
  const sent: string[] = []
  const listeners = new Map<string, (bytes: Uint8Array) => void>()
  let hangUp = () => {}
  const transport = (name: string) => ({
    send: (bytes: Uint8Array) => void sent.push(`${name} ${String.fromCharCode(...bytes)}`),
    onDatagram: (listener: (bytes: Uint8Array) => void) => void listeners.set(name, listener),
    onClose: (listener: () => void) => {
      hangUp = listener
    },
    close: async () => void sent.push(`${name} closed`),
  })
  const path = createAudioPath({
    clock,
    log: silentLog,
    connectUdp: async ({ port }) => transport(`udp:${port}`),
    connectTunnel: async () => {
      if (!tunnelWorks) throw new Error('refused')
      return transport('tunnel')
    },
    tunnel: { url: 'ws://cloud.test/audio/ws', bearer: 'b' },
    onDatagram: () => path.answered(),
  })
  const text = (letters: string) => Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
  const turn = { sealProbe: () => text('probe'), sendAgain: () => path.send(text('again')) }
  const take = () => sent.splice(0)
  return {
    clock,
    path,
    turn,
    take,
    text,
    hangUp: () => hangUp(),
    answer: (by: string) => listeners.get(by)?.(text('reply')),
  }
}

describe('the path of the sound', () => {
  it('stays on UDP when a probe is answered', async () => {
    const at = start()
    await at.path.setAddress({ host: 'h', port: 1 })
    at.path.beginTurn(at.turn)
    at.path.send(at.text('a'))
    expect(at.take()).toEqual(['udp:1 probe', 'udp:1 a'])
    at.answer('udp:1')
    await at.clock.advance(5_000)
    expect(at.path.via()).toBe('udp')
    expect(at.take().every((line) => line.startsWith('udp:1'))).toBe(true)
  })
  it('asks three times, then says everything again through the tunnel', async () => {
    const at = start()
    await at.path.setAddress({ host: 'h', port: 1 })
    at.path.beginTurn(at.turn)
    await at.clock.advance(301)
    expect(at.take()).toEqual(['udp:1 probe', 'udp:1 probe', 'udp:1 probe', 'tunnel probe', 'tunnel again'])
    expect(at.path.via()).toBe('tunnel')
  })
  it('remembers for ten minutes that UDP fails, and asks it again with every turn', async () => {
    const at = start()
    await at.path.setAddress({ host: 'h', port: 1 })
    at.path.beginTurn(at.turn)
    await at.clock.advance(301)
    at.path.endTurn()
    at.take()
    at.path.beginTurn(at.turn)
    at.path.send(at.text('a'))
    expect(at.take()).toEqual(['udp:1 probe', 'tunnel probe', 'tunnel a'])
    at.answer('udp:1')
    at.path.send(at.text('b'))
    expect(at.take()).toEqual(['udp:1 b'])
  })
  it('closes a tunnel that nobody used for a minute, and opens another when it is needed', async () => {
    const at = start()
    await at.path.setAddress({ host: 'h', port: 1 })
    at.path.beginTurn(at.turn)
    await at.clock.advance(301)
    at.path.endTurn()
    await at.clock.advance(61_000)
    expect(at.take()).toContain('tunnel closed')
    at.path.beginTurn(at.turn)
    await at.clock.advance(1)
    expect(at.take()).toEqual(['udp:1 probe', 'tunnel probe', 'tunnel again'])
  })
  it('opens another tunnel for the next turn when the cloud has closed this one', async () => {
    const at = start()
    await at.path.setAddress({ host: 'h', port: 1 })
    at.path.beginTurn(at.turn)
    await at.clock.advance(301)
    at.path.endTurn()
    at.take()
    at.hangUp()
    expect(at.path.via()).toBe('udp')
    at.path.beginTurn(at.turn)
    await at.clock.advance(1)
    expect(at.take()).toEqual(['udp:1 probe', 'tunnel probe', 'tunnel again'])
    expect(at.path.via()).toBe('tunnel')
  })
  it('sends the turn again when another address is named', async () => {
    const at = start()
    await at.path.setAddress({ host: 'h', port: 1 })
    at.path.beginTurn(at.turn)
    at.take()
    await at.path.setAddress({ host: 'h', port: 2 })
    await at.path.setAddress({ host: 'h', port: 2 })
    expect(at.take()).toEqual(['udp:2 probe', 'udp:2 again', 'udp:1 closed'])
  })
  it('is looked up again when the cloud is back: its name, or this machine, may have another address', async () => {
    const at = start()
    await at.path.renew()
    expect(at.take()).toEqual([])
    await at.path.setAddress({ host: 'h', port: 1 })
    at.path.beginTurn(at.turn)
    await at.clock.advance(301)
    at.path.endTurn()
    at.take()
    await at.path.renew()
    expect(at.take()).toEqual(['udp:1 closed'])
    // And UDP is tried first again.
    at.path.beginTurn(at.turn)
    at.path.send(at.text('a'))
    expect(at.take()).toEqual(['udp:1 probe', 'udp:1 a'])
  })
  it('is not taken away from a turn that runs', async () => {
    const at = start()
    await at.path.setAddress({ host: 'h', port: 1 })
    at.path.beginTurn(at.turn)
    at.take()
    await at.path.renew()
    expect(at.take()).toEqual([])
    at.path.endTurn()
    await at.clock.advance(0)
    expect(at.take()).toEqual(['udp:1 closed'])
  })
  it('goes on trying UDP when there is no tunnel either', async () => {
    const at = start(false)
    await at.path.setAddress({ host: 'h', port: 1 })
    at.path.beginTurn(at.turn)
    await at.clock.advance(301)
    at.take()
    at.path.send(at.text('a'))
    expect(at.take()).toEqual(['udp:1 a'])
    await at.path.close()
  })
})
