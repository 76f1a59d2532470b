import { hostInUrl } from '@mynah/shared/wire/url-host.ts'
import { describe, expect, it } from 'vitest'
import { createOwnPlace, type OwnPlaceDeps } from '../../src/gateway/own-place.ts'

const ownBroker: OwnPlaceDeps = {
  addresses: () => ['127.0.0.1', '192.168.1.30', 'fd00::30'],
  httpPort: () => 8700,
  mqttUrlAt: (host) => `mqtt://${hostInUrl(host)}:8783`,
  addressFor: () => ({ port: 8711 }),
  publicHost: { current: () => '192.168.1.20', isGuessed: true },
}
const placeAt = createOwnPlace(ownBroker)
const at = (url: string) => placeAt(new URL(url), 'mynah-1')

describe('the place of a cloud whose address has changed', () => {
  it('is at the address where it was found, also of version 6', () => {
    expect(at('http://192.168.1.30:8700')).toEqual({
      mqttUrl: 'mqtt://192.168.1.30:8783',
      udp: { host: '192.168.1.30', port: 8711 },
    })
    expect(at('http://[fd00::30]:8700')).toEqual({
      mqttUrl: 'mqtt://[fd00::30]:8783',
      udp: { host: 'fd00::30', port: 8711 },
    })
  })

  it('is nowhere else: another machine, another port, https, a name', () => {
    for (const url of [
      'http://192.168.1.66:8700',
      'http://192.168.1.30:8701',
      'http://192.168.1.30',
      'https://192.168.1.30:8700',
      'http://mynah.local:8700',
      'http://192.168.1.20:8700',
    ]) {
      expect(at(url), url).toBeUndefined()
    }
  })

  it('keeps a broker and a bridge of other machines, and a host that somebody configured', () => {
    const elsewhere = createOwnPlace({
      ...ownBroker,
      mqttUrlAt: () => 'mqtts://broker.example:8883',
      publicHost: { current: () => 'sound.example', isGuessed: false },
    })
    expect(elsewhere(new URL('http://192.168.1.30:8700'), 'mynah-1')).toEqual({
      mqttUrl: 'mqtts://broker.example:8883',
      udp: { host: 'sound.example', port: 8711 },
    })
  })
})
