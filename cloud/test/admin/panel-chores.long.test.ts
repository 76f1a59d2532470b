import { readFileSync } from 'node:fs'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { toDevice, topicOf } from '@mynah/shared/wire/topics.ts'
import { Secret, TOTP } from 'otpauth'
import type { Locator } from 'playwright-core'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en as t } from '../../admin/src/i18n/en/en.ts'
import { enrolAndConnect } from '../cloud-child.ts'
import { password } from './fake-people.ts'
import { panelWithCloud } from './panel-with-cloud.ts'

const panel = panelWithCloud()
const deviceId = 'kitchen'
const commands: string[] = []
let speaker: Awaited<ReturnType<typeof enrolAndConnect>>
const joinAsSpeaker = async () => {
  speaker = await enrolAndConnect(panel.cloud, panel.dataDir, deviceId)
  const { mqtt } = speaker
  mqtt.on('message', (_topic, payload) => {
    const { command_id, command } = v.parse(toDevice.command, JSON.parse(payload.toString()))
    commands.push(command.type)
    mqtt.publish(topicOf(deviceId, 'command/ack'), JSON.stringify({ v: 1, command_id, ok: true }), { qos: 1 })
  })
  await mqtt.subscribeAsync(topicOf(deviceId, 'command'), { qos: 1 })
  const status = { v: 1, online: true, volume: 40, muted: false, phase: 'idle', firmware: '0.1.0' }
  await mqtt.publishAsync(topicOf(deviceId, 'status'), JSON.stringify(status), { qos: 1, retain: true })
}
beforeAll(async () => {
  await panel.setUp()
  await joinAsSpeaker()
}, 60_000)
afterAll(() => speaker?.mqtt.end(true))

const card = (title: string) =>
  panel.page.locator('.card', { has: panel.page.getByRole('heading', { name: title, exact: true }) })
const dialog = () => panel.page.getByRole('dialog')
const press = (within: Locator, name: string) => within.getByRole('button', { name, exact: true }).click()
const told = (text: string) => panel.page.locator('.toast', { hasText: text }).waitFor()
const open = (path: string) => panel.page.goto(`${panel.url}${path}`)
/** What a person got as a file. */
const saved = async (press: () => Promise<void>) => {
  const [download] = await Promise.all([panel.page.waitForEvent('download'), press()])
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}
const statusWith = async (token: string, path = '/api/devices') =>
  (await fetch(`${panel.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status

describe('an account at the real cloud', () => {
  test('makes a token for a script, which works until it is revoked', async () => {
    await open('/account')
    await press(card(t.account.tokens), t.account.newToken)
    await dialog().getByLabel(t.account.tokenName).fill('Home Assistant')
    await dialog().getByLabel(t.account.scopeNames['devices:read']).check()
    await press(dialog(), t.account.makeToken)
    const token = (await dialog().locator('.secret').textContent()) ?? ''
    expect([await statusWith(token), await statusWith(token, '/api/turns')]).toEqual([200, 403])
    await press(dialog(), t.actions.done)
    await press(card(t.account.tokens), t.account.revokeOf('Home Assistant'))
    await press(dialog(), t.account.revoke)
    await told(t.account.revoked)
    expect(await statusWith(token)).toBe(401)
  })

  test('is asked for its second factor from the moment it is on, and for the password alone once it is off', async () => {
    const secretCard = card(t.account.totp)
    await press(secretCard, t.account.totpStart)
    await dialog().getByLabel(t.account.confirmPassword).fill(password)
    await press(dialog(), t.account.next)
    const secret = Secret.fromBase32((await dialog().locator('.secret').textContent()) ?? '')
    const code = (stepsOn: number) =>
      new TOTP({ secret }).generate({ timestamp: systemClock.wallTime().getTime() + stepsOn * 30_000 })
    await dialog().getByLabel(t.account.totpCode).fill(code(0))
    await press(dialog(), t.account.totpConfirm)
    await dialog().getByText(t.account.totpRecoveryText).waitFor()
    const recovery = ((await dialog().locator('.secret').textContent()) ?? '').split('\n')
    expect(recovery).toHaveLength(8)
    await press(dialog(), t.actions.done)

    const visit = await panel.browser.newContext({ locale: 'en-GB' })
    const page = await visit.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(panel.url)
    await page.getByLabel(t.entry.login).fill('grace')
    await page.getByLabel(t.entry.password).fill(password)
    await page.getByRole('button', { name: t.entry.logIn }).click()
    await page.getByLabel(t.entry.totp).fill(recovery[0] ?? '')
    await page.getByRole('button', { name: t.entry.logIn }).click()
    await page.getByRole('heading', { level: 1, name: t.speakers.title }).waitFor()

    await open('/account')
    await card(t.account.logins)
      .getByRole('button', { name: /^End the login of / })
      .click()
    await told(t.account.ended)
    await page.locator('.entry-again').waitFor()
    await visit.close()

    await press(secretCard, t.account.totpRemove)
    await dialog().getByLabel(t.account.confirmPassword).fill(password)
    await press(dialog(), t.account.totpRemove)
    await told(t.account.totpRemoved)
  })
})

describe('a speaker at the real cloud', () => {
  test('shows itself, restarts after a question, and moves to another home', async () => {
    await open('/people')
    await panel.page.getByRole('button', { name: t.home.people.newHome }).click()
    await dialog().getByLabel(t.home.people.homeName).fill('Cabin')
    await dialog().locator('.button-primary').click()
    await told(t.home.people.made('Cabin'))
    await open(`/speakers/${deviceId}`)
    await press(card(t.speakers.commands), t.speakers.identify)
    await told(t.speakers.identifyDone)
    await press(card(t.speakers.commands), t.speakers.reboot)
    await press(dialog(), t.speakers.reboot)
    await told(t.speakers.rebootDone)
    // Its page has asked for its own wake words.
    expect(commands.filter((type) => type !== 'list_own_words')).toEqual(['identify', 'reboot'])
    await panel.page.getByLabel(t.speakers.transfer).selectOption({ label: 'Cabin' })
    await told(t.speakers.moved('Cabin'))
    await panel.page.reload()
    const chosen = panel.page.getByLabel(t.speakers.transfer).locator('option:checked')
    await expect.poll(() => chosen.textContent()).toBe('Cabin')
  })
})

describe('what was said at the real cloud', () => {
  test('leaves as a file, and is gone when its person wants it to be', async () => {
    await open('/talk')
    await panel.page.getByLabel(t.talk.typed).fill('what is two plus three')
    await press(panel.page.locator('.talk-form'), t.talk.send)
    await panel.page.locator('.bubble-reply', { hasText: /five/i }).waitFor()
    await panel.page.locator('.waterfall').waitFor()
    await open('/conversations')
    await panel.page.locator('.turn-row', { hasText: 'two plus three' }).waitFor()
    const file = await saved(() => press(panel.page.locator('.page-head'), t.conversations.export))
    expect(JSON.parse(file.bytes.toString())).toMatchObject({ turns: [{ heard: 'what is two plus three' }] })
    await open('/account')
    await press(card(t.account.mine), t.account.deleteMine)
    await press(dialog(), t.account.deleteMine)
    await told(t.account.deletedMine('1'))
    await open('/conversations')
    await panel.page.getByText(t.conversations.emptyTitle).waitFor()
  })
})

describe('the database of the real cloud', () => {
  const nameOfHome = async () => {
    await open('/people')
    return panel.page.getByLabel(t.home.people.homeName).inputValue()
  }

  test('is copied, changed, and as it was again after a restore and a restart', async () => {
    const before = await nameOfHome()
    await open('/system')
    await press(card(t.system.backups), t.system.backup)
    await told(t.system.backupMade)
    const file = await saved(() =>
      card(t.system.backups)
        .getByLabel(/download/i)
        .first()
        .click(),
    )
    expect(file.name).toMatch(/^mynah-.*\.sqlite3$/)
    expect(file.bytes.subarray(0, 15).toString()).toBe('SQLite format 3')
    await open('/people')
    const name = panel.page.getByLabel(t.home.people.homeName)
    await name.fill('Changed afterwards')
    await press(panel.page.locator('form', { has: name }), t.actions.save)
    await told(t.states.saved)
    await open('/system')
    await press(card(t.system.backups), t.system.restore)
    await press(dialog(), t.system.restore)
    await told(t.system.restorePlanned)
    await card(t.system.backups).getByText(t.system.restorePending).waitFor()
    await panel.stopCloud()
    await panel.startCloudAgain()
    // The login of the copy is older than the cookie, which was renewed since.
    await open('/people')
    await panel.page.getByLabel(t.entry.login).fill('grace')
    await panel.page.getByLabel(t.entry.password).fill(password)
    await panel.page.getByRole('button', { name: t.entry.logIn }).click()
    await panel.page.getByRole('heading', { level: 1, name: t.home.people.title }).waitFor()
    expect(await nameOfHome()).toBe(before)
  }, 60_000)
})

test('every login ends at once, and the page asks for a new one', async () => {
  await open('/account')
  await press(card(t.account.logins), t.account.everywhere)
  await press(dialog(), t.account.everywhere)
  await panel.page.getByRole('heading', { name: t.entry.loginTitle }).waitFor()
  await panel.page.reload()
  await panel.page.getByRole('heading', { name: t.entry.loginTitle }).waitFor()
  await expect.poll(() => panel.page.locator('.entry-again').count()).toBe(0)
})
