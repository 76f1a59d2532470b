import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeProblems, readConfig } from '../src/config.ts'
import { temporaryFolder } from './temporary-store.ts'

let folder = temporaryFolder()
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const read = (flags: readonly string[] = [], env: Record<string, string> = {}) =>
  readConfig({ flags: ['--data-dir', folder.path, ...flags], env })
const writeFile = (content: unknown) =>
  writeFileSync(join(folder.path, 'cloud.json'), typeof content === 'string' ? content : JSON.stringify(content))
const problemsOf = (result: ReturnType<typeof readConfig>) => (result.ok ? '' : describeProblems(result.error))

test('without anything the defaults hold', () => {
  const config = read()
  expect(config).toMatchObject({ ok: true, value: { http_port: 8700, mqtt_port: 8783, udp_port: 8710, role: 'all' } })
})

test('a flag wins over the environment, the environment over the file', () => {
  writeFile({ http_port: 1, mqtt_port: 2, udp_port: 3 })
  const config = read(['--http-port=9000'], { MYNAH_HTTP_PORT: '9001', MYNAH_MQTT_PORT: '9002' })
  expect(config).toMatchObject({ ok: true, value: { http_port: 9000, mqtt_port: 9002, udp_port: 3 } })
})

test('every wrong setting is named with its value and what is allowed', () => {
  writeFile({ udp_port: 70_000, htp_port: 1 })
  const text = problemsOf(read(['--role', 'king', '--colour', 'red'], { MYNAH_MQTT_PORT: 'abc' }))
  expect(text).toContain('--role: "king" is not allowed. Allowed: one of all, gateway, bridge, speech')
  expect(text).toContain('MYNAH_MQTT_PORT: "abc" is not allowed. Allowed: a port, 0 to 65535')
  expect(text).toMatch(/udp_port in .*cloud\.json: 70000 is not allowed/)
  expect(text).toMatch(/htp_port in .*cloud\.json: this setting is not allowed. Allowed: .*http_port/)
  expect(text).toContain('--colour: this setting is not allowed')
})

test('a secret never shows in a complaint', () => {
  const text = problemsOf(read([], { MYNAH_MQTT_PASSWORD: 'x'.repeat(5_000), MYNAH_LLM_API_KEY: 'y'.repeat(5_000) }))
  expect(text).toContain('MYNAH_MQTT_PASSWORD: (hidden)')
  expect(text).not.toMatch(/xxx|yyy/)
})

test('settings that need each other are asked for together', () => {
  expect(problemsOf(read(['--mqtt-tls-cert', 'a.pem']))).toContain('--mqtt-tls-cert: without --mqtt-tls-key')
  expect(problemsOf(read(['--mqtt-url', 'mqtt://broker']))).toContain('without --mqtt-password')
})

test('a file that is no JSON object is refused with its path', () => {
  writeFile('{ "http_port": ')
  expect(problemsOf(read())).toContain(join(folder.path, 'cloud.json'))
})

test('a switch stands alone or with a value', () => {
  expect(read(['--trust-proxy', '--http-port', '1'])).toMatchObject({ value: { trust_proxy: true, http_port: 1 } })
  expect(read(['--trust-proxy', 'false'])).toMatchObject({ value: { trust_proxy: false } })
  expect(read(['--trust-proxy', '127.0.0.1, ::1'])).toMatchObject({
    value: { trust_proxy: new Set(['127.0.0.1', '::1']) },
  })
  expect(read(['--trust-proxy', 'proxy.lan'])).toMatchObject({ ok: false, error: [{ key: '--trust-proxy' }] })
})

test('wrong time zones, URLs and addresses are refused', () => {
  for (const flags of [
    ['--time-zone', 'Mars/Base'],
    ['--llm-url', 'ftp://x'],
    ['--speech-address', 'nowhere'],
    ['--http-port', '1.5'],
  ]) {
    expect(problemsOf(read(flags))).toContain(flags[0])
  }
})
