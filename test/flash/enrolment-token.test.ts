import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { Scope } from '@mynah/shared/api/endpoint.ts'
import { parseEnrolmentToken } from '@mynah/shared/wire/enrolment.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApiFixture } from '../../cloud/test/api/api-fixture.ts'
import { fileText, freshFiles, makeFolder } from './card-image.ts'
import { answers, flash, newFolder, wifiPassword } from './flash.ts'

let folder: ReturnType<typeof newFolder>
let fixture: ReturnType<typeof createApiFixture>
let server: Server
const at = (name: string) => join(folder.path, name)

beforeEach(async () => {
  folder = newFolder()
  fixture = createApiFixture()
  // The flasher refuses a cloud that only this computer can see; curl is told where the name leads to.
  server = createServer(getRequestListener(fixture.api.app.fetch))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  makeFolder(at('bootfs'), freshFiles.trixie)
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  await fixture.close()
  folder.remove()
})

const port = () => (server.address() as AddressInfo).port // it listens on TCP
const curl = () => `exec /usr/bin/curl --connect-to mynah.home:80:127.0.0.1:${port()} "$@"`
const stage = (apiToken: string, ...more: string[]) =>
  flash({
    args: [
      '--seed-only',
      at('bootfs'),
      ...more,
      '--room',
      'Ground floor "left"',
      ...answers({ '--token': undefined, '--cloud': 'http://mynah.home', '--name': `Zoë's "kitchen" \\ 厨房` }),
    ],
    env: { ...wifiPassword, MYNAH_API_TOKEN: apiToken },
    programs: { curl: curl() },
    folder: folder.path,
  })
const withScopes = async (...scopes: Scope[]) => {
  const { admin, homeId } = await fixture.setUp()
  const made = await admin.call('createApiToken', { body: { name: 'flasher', scopes } })
  return { admin, homeId, apiToken: made.token, tokenId: made.token_id }
}
const tokenOnCard = () => /^setting_token='(.*)'$/m.exec(fileText(at('bootfs/mynah/settings.sh')))?.[1] ?? ''

describe('with an API token', () => {
  test('the keys of releases that the cloud trusts are fetched with it, where the token may see them', async () => {
    const { admin, apiToken } = await withScopes('devices:write', 'homes:read', 'system:read')
    const public_key = `mynah-fw1.${'k'.repeat(43)}`
    await admin.call('addFirmwareKey', { body: { name: 'ours', public_key } })
    expect(await stage(apiToken)).toMatchObject({ exitCode: 0 })
    expect(fileText(at('bootfs/mynah/settings.sh'))).toContain(`\nsetting_firmware_keys='${public_key}'\n`)
  })
  test('that may not see the keys of releases still gives a card, and says what it lacks', async () => {
    const { apiToken } = await withScopes('devices:write', 'homes:read')
    const outcome = await stage(apiToken)
    expect(outcome).toMatchObject({ exitCode: 0 })
    expect(outcome.stderr).toContain('system:read')
    expect(fileText(at('bootfs/mynah/settings.sh'))).toContain("\nsetting_firmware_keys=''\n")
  })
  test('an enrolment token with the name of the speaker is fetched from the cloud itself', async () => {
    const { admin, homeId, apiToken } = await withScopes('devices:write', 'homes:read')
    const outcome = await stage(apiToken)
    expect(outcome).toMatchObject({ exitCode: 0 })
    const parsed = parseEnrolmentToken(tokenOnCard())
    if (!parsed.ok) throw new Error(parsed.error.message)
    const { items } = await admin.call('listEnrolmentTokens', { params: { home_id: homeId } })
    expect(items).toMatchObject([{ token_id: parsed.value.tokenId, name: `Zoë's "kitchen" \\ 厨房`, used_by: null }])
    expect(outcome.stderr).not.toContain(apiToken)
    expect(outcome.stderr).not.toContain(tokenOnCard())
  })

  test('what was answered is what the speaker has from its first minute', async () => {
    const { apiToken } = await withScopes('devices:write', 'homes:read')
    await stage(apiToken)
    const parsed = parseEnrolmentToken(tokenOnCard())
    if (!parsed.ok) throw new Error(parsed.error.message)
    expect(fixture.store.enrolment.find(parsed.value.tokenId)).toMatchObject({
      name: `Zoë's "kitchen" \\ 厨房`,
      room: 'Ground floor "left"',
      language: 'en',
      timeZone: 'Europe/Zurich',
    })
  })

  test('a dry run makes none', async () => {
    const { admin, homeId, apiToken } = await withScopes('devices:write', 'homes:read')
    expect(await stage(apiToken, '--dry-run')).toMatchObject({ exitCode: 0 })
    expect(await admin.call('listEnrolmentTokens', { params: { home_id: homeId } })).toEqual({ items: [] })
  })

  test('one that expired or was revoked is told apart from one with too few rights', async () => {
    const { admin, apiToken, tokenId } = await withScopes('turns:read')
    expect((await stage(apiToken)).stderr).toMatch(
      /may not add speakers. It needs the rights devices:write and homes:read/,
    )
    await admin.call('revokeApiToken', { params: { token_id: tokenId } })
    expect((await stage(apiToken)).stderr).toMatch(/refuses the API token: it is wrong, revoked or expired/)
  })

  test('the home of somebody else is not there', async () => {
    const { apiToken } = await withScopes('devices:write', 'homes:read')
    expect((await stage(apiToken, '--home', 'somebody-elses')).stderr).toMatch(/no such home/)
  })

  test('several homes want to be told apart', async () => {
    const { admin, homeId, apiToken } = await withScopes('devices:write', 'homes:read')
    await admin.call('createHome', { body: { name: 'Second' } })
    expect((await stage(apiToken)).stderr).toMatch(/You have 2 homes. Say which one.*--home ID/)
    expect(await stage(apiToken, '--home', homeId)).toMatchObject({ exitCode: 0 })
  })

  test('a cloud that is not there is named, and nothing is on the card yet', async () => {
    const args = ['--seed-only', at('bootfs'), ...answers({ '--token': undefined, '--cloud': 'http://127.1.1.1:9' })]
    const env = { ...wifiPassword, MYNAH_API_TOKEN: 'abc' }
    const { exitCode, stderr } = await flash({ args, env, folder: folder.path })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/cloud http:\/\/127\.1\.1\.1:9 does not answer .*Is it running/)
    expect(() => fileText(at('bootfs/mynah/settings.sh'))).toThrow('ENOENT')
  })

  test('something that is no API token is not sent anywhere', async () => {
    expect((await stage('abc" \n evil')).stderr).toMatch(/That is no API token/)
  })
})
