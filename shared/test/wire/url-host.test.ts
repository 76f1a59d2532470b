import { describe, expect, test } from 'vitest'
import { hostInUrl, hostOfUrl } from '../../src/wire/url-host.ts'

describe('a host in a URL', () => {
  test.each(['kitchen.local', '192.168.1.20', '::1', 'fd00::1:20'])('%s comes out as it was put in', (host) => {
    expect(hostOfUrl(new URL(`http://${hostInUrl(host)}:8700/health`))).toBe(host)
  })

  test('only an IPv6 address has brackets', () => {
    expect(hostInUrl('192.168.1.20')).toBe('192.168.1.20')
    expect(hostInUrl('::1')).toBe('[::1]')
  })
})
