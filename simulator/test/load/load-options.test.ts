import { describe, expect, test } from 'vitest'
import { descriptorNeeds, descriptorProblem } from '../../src/load/descriptors.ts'
import { peopleFor } from '../../src/load/fleet.ts'
import { parseLoadOptions } from '../../src/load/load-options.ts'
import { speakerShares } from '../../src/load/load-run.ts'
import { isLoopback, requireLoopback } from '../../src/load/loopback.ts'

describe('the command line', () => {
  test('takes every number, and has a small load as its default', () => {
    const args = ['--devices', '50', '--streams', '5', '--api', '20', '--browsers', '10', '--seconds', '3', '--json']
    const asked = {
      devices: 50,
      streams: 5,
      apiRps: 20,
      browsers: 10,
      seconds: 3,
      json: true,
      engines: 'scripted',
      statusEverySeconds: 30,
    }
    expect(parseLoadOptions(args)).toEqual({ ok: true, value: asked })
    expect(parseLoadOptions([...args, '--configs', '0'])).toEqual({ ok: true, value: { ...asked, configsRps: 0 } })
    const standard = parseLoadOptions([])
    expect(standard.ok && standard.value !== 'help' && standard.value.devices).toBeLessThanOrEqual(500)
  })

  test('refuses what is no number, too much, or more talkers than speakers, in a sentence', () => {
    for (const [args, word] of [
      [['--devices', 'many'], '--devices'],
      [['--devices', '0'], '--devices'],
      [['--api', '1e9'], '--api'],
      [['--devices', '5', '--streams', '6'], '--streams 6'],
      [['--engines', 'fast'], '--engines'],
      [['--host', 'example.org'], '--host'],
    ] as const) {
      const parsed = parseLoadOptions(args)
      expect(parsed.ok ? '' : parsed.error.message).toContain(word)
    }
  })
})

describe('file descriptors', () => {
  test('are enough for a small load everywhere', () => {
    expect(descriptorProblem(descriptorNeeds({ devices: 200, browsers: 20 }), 1_024)).toBeUndefined()
  })

  test('of speakers and of browsers are those of two processes', () => {
    expect(descriptorProblem(descriptorNeeds({ devices: 10_000, browsers: 10_000 }), 12_000)).toBeUndefined()
    expect(descriptorProblem(descriptorNeeds({ devices: 100, browsers: 12_000 }), 12_000)).toContain('(browsers)')
  })

  test('that are missing are named with their number and with the command that allows more', () => {
    const needs = descriptorNeeds({ devices: 20_000, browsers: 10_000 })
    const problem = descriptorProblem(needs, 20_000)
    expect(problem).toContain(`${needs.control} file descriptors in one process (control)`)
    expect(problem).toContain(`ulimit -n ${needs.control}`)
    expect(problem).toContain('20000')
  })
})

test('nothing but this machine is loaded', () => {
  expect(['127.0.0.1', 'localhost', '::1', '127.8.9.1'].every(isLoopback)).toBe(true)
  expect(['example.org', '10.0.0.1', '127.0.0.1.example.org', '0.0.0.0', ''].some(isLoopback)).toBe(false)
  expect(() => requireLoopback('192.168.1.2')).toThrow(RangeError)
})

test('speakers and talkers are dealt out to processes without losing one', () => {
  const devices = Array.from({ length: 10_001 }, (_, index) => ({ device_id: `d${index}`, home_id: 'h', secret: '' }))
  for (const streams of [0, 1, 299, 301, 1_000]) {
    const shares = speakerShares(devices, streams)
    expect(shares.flatMap((share) => share.devices)).toEqual(devices)
    expect(shares.reduce((sum, share) => sum + share.streams, 0)).toBe(streams)
    expect(shares.every((share) => share.streams <= share.devices.length)).toBe(true)
  }
})

test('people are as many as households have, never more than speakers', () => {
  expect(peopleFor({ devices: 10_000, browsers: 10_000 })).toBe(5_000)
  expect(peopleFor({ devices: 1_000, browsers: 0 })).toBe(50)
  expect(peopleFor({ devices: 1, browsers: 100 })).toBe(1)
})
