import { createManualClock } from '@mynah/shared/time/manual-clock.ts'
import { describe, expect, test } from 'vitest'
import { createPublicHost } from '../src/public-host.ts'

const guessNothing = () => {
  throw new Error('was guessed though it is known')
}

describe('the host that speakers are told', () => {
  test('is what somebody configured, whatever is listened on', () => {
    for (const host of ['0.0.0.0', '127.0.0.1']) {
      const publicHost = createPublicHost({ host, public_host: 'mynah.local' }, createManualClock(), guessNothing)
      expect([publicHost.current(), publicHost.isGuessed]).toEqual(['mynah.local', false])
    }
  })

  test('is the one address that is listened on', () => {
    const publicHost = createPublicHost({ host: '127.0.0.1' }, createManualClock(), guessNothing)
    expect([publicHost.current(), publicHost.isGuessed]).toEqual(['127.0.0.1', false])
  })

  test.each(['0.0.0.0', '::'])('is guessed anew after five seconds when all addresses are (%s)', async (host) => {
    const clock = createManualClock()
    let address = '192.168.1.20'
    const publicHost = createPublicHost({ host }, clock, () => address)
    address = '192.168.1.30'
    await clock.advance(4_999)
    expect([publicHost.current(), publicHost.isGuessed]).toEqual(['192.168.1.20', true])
    await clock.advance(1)
    expect(publicHost.current()).toBe('192.168.1.30')
  })
})
