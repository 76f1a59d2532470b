import { createApiClient } from '@mynah/shared/api/client.ts'
import Database from 'better-sqlite3'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../admin/src/i18n/en/en.ts'
import { zh } from '../../admin/src/i18n/zh/zh.ts'
import { databasePath } from '../../src/store/open-store.ts'
import { enrolAndConnect } from '../cloud-child.ts'
import { desktop, phone } from './browser.ts'
import { keepLanguage } from './every-page.ts'
import { password } from './fake-people.ts'
import { panelWithCloud } from './panel-with-cloud.ts'

const panel = panelWithCloud()

/** A script of this person, past the panel. */
const scriptOf = async (login: string) => {
  let token: string | undefined
  const client = createApiClient({
    fetch: (url, init) => fetch(`${panel.url}${url}`, { ...init, headers: { ...init.headers, origin: panel.url } }),
    baseUrl: '',
    accessToken: { get: () => token, set: () => {} },
  })
  const entered = await client.call('logIn', { body: { login, password } })
  if (!entered.ok) throw new Error(JSON.stringify(entered.error))
  token = entered.value.access_token
  return { client, homeId: entered.value.me.homes[0]?.home_id ?? '' }
}
const inviteAs = async (role: 'admin' | 'viewer') => {
  const { client, homeId } = await scriptOf('grace')
  const made = await client.call('createInvitation', { params: { home_id: homeId }, body: { role } })
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  return { client, token: made.value.token, path: made.value.path }
}
const logOutEverywhere = async (login: string) => {
  const { client } = await scriptOf(login)
  await client.call('logOutEverywhere', {})
}

let speaker: Awaited<ReturnType<typeof enrolAndConnect>>
beforeAll(async () => {
  await panel.setUp()
  speaker = await enrolAndConnect(panel.cloud, panel.dataDir, 'kitchen')
  const { client, token } = await inviteAs('admin')
  const joined = await client.call('acceptInvitation', { body: { token, login: 'mei', password } })
  if (!joined.ok) throw new Error(JSON.stringify(joined.error))
}, 60_000)
afterAll(() => speaker?.mqtt.end(true))

const looks = [
  { language: 'English', t: en, login: 'grace', look: { locale: 'en-GB', viewport: desktop } },
  { language: 'Chinese, on a phone', t: zh, login: 'mei', look: { locale: 'zh-CN', viewport: phone } },
]

describe.each(looks)('what goes wrong is told in $language', ({ t, login, look }) => {
  let page: Page
  const faults: string[] = []
  const open = async (options: BrowserContextOptions = look) => {
    const context = await panel.browser.newContext(options)
    await keepLanguage(context, look.locale)
    const opened = await context.newPage()
    opened.setDefaultTimeout(15_000)
    opened.on('pageerror', ({ message }) => faults.push(message))
    return opened
  }
  const enter = async (into: Page, name = login) => {
    await into.getByLabel(t.entry.login).fill(name)
    await into.getByLabel(t.entry.password).fill(password)
    await into.getByRole('button', { name: t.entry.logIn }).click()
  }
  beforeAll(async () => {
    page = await open()
    await page.goto(panel.url)
    await enter(page)
    await page.locator('.speaker-row').waitFor()
  }, 30_000)
  afterAll(async () => {
    await page?.context().close()
    expect(faults).toEqual([])
  })

  test('a code that no speaker says, and how long to wait after too many of them', async () => {
    await page.goto(`${panel.url}/claim/123456`)
    const dialog = page.getByRole('dialog')
    const add = dialog.getByRole('button', { name: t.speakers.claimNow, exact: true })
    await add.click()
    await dialog.getByText(t.problems.texts.code_unknown ?? '').waitFor()
    for (let tries = 0; tries < 4; tries++) {
      await add.click()
      await expect.poll(() => add.isEnabled()).toBe(true)
    }
    await add.click()
    await dialog.getByText(t.problems.rate_limited(60)).waitFor()
  })

  test('an announcement of nothing cannot be sent, one that nobody could speak is refused and kept', async () => {
    await page.goto(`${panel.url}/announce`)
    const text = page.getByLabel(t.home.announce.text)
    const send = page.getByRole('button', { name: t.home.announce.send, exact: true })
    await text.fill('  \n ')
    await expect.poll(() => send.isDisabled()).toBe(true)
    await text.fill('🎉')
    await send.click()
    await page.locator('.toast', { hasText: t.problems.forms.text ?? '' }).waitFor()
    await expect.poll(() => text.inputValue()).toBe('🎉')
  })

  test('a speech server by an address that is none, and by one where nobody answers', async () => {
    await page.goto(`${panel.url}/ai`)
    const heading = page.getByRole('heading', { name: t.home.ai.tts, exact: true })
    const card = page.locator('.card', { has: heading })
    await card.getByLabel(t.home.ai.provider).selectOption('riva')
    await card.getByLabel(t.home.ai.address).fill('nonsense')
    await page.getByRole('button', { name: t.actions.save, exact: true }).click()
    await page.locator('.toast', { hasText: t.problems.forms.address ?? '' }).waitFor()
    await card.getByLabel(t.home.ai.address).fill('127.0.0.1:1')
    await card.locator('summary', { hasText: t.home.ai.tryIt }).click()
    await card.getByRole('button', { name: t.home.ai.tryIt }).click()
    await card.locator('.notice.tone-bad', { hasText: t.home.ai.tryFailed }).waitFor()
    await card.getByText(t.codes.fault(t.codes.stages.tts ?? '', t.codes.faults.unavailable ?? '')).waitFor()
  })

  test('an invitation that has expired: what to do, whether one is logged in or not', async () => {
    const { path } = await inviteAs('viewer')
    const db = new Database(databasePath(panel.dataDir), { timeout: 5_000 })
    db.prepare("UPDATE invitations SET expires_at = '2020-01-01T00:00:00.000Z' WHERE used_at IS NULL").run()
    db.close()
    const stranger = await open()
    for (const [visitor, way] of [
      [stranger, t.entry.toLogin],
      [page, t.entry.toSpeakers],
    ] as const) {
      await visitor.goto(`${panel.url}${path}`)
      await visitor.getByRole('heading', { name: t.entry.inviteBadTitle }).waitFor()
      await visitor.getByText(t.entry.inviteBad(t.problems.texts.link_expired ?? '')).waitFor()
      await expect.poll(() => visitor.getByRole('link', { name: way }).getAttribute('href')).toBe('/')
    }
    await stranger.context().close()
  })

  test('a login that ends in mid-edit: nothing can be read before the next one, and nothing typed is lost', async () => {
    await page.goto(`${panel.url}/announce`)
    await page.getByLabel(t.home.announce.text).fill('Dinner in ten minutes')
    const title = await page.title()
    expect(title).toContain(t.home.announce.title)
    await page.locator('.live-state:visible', { hasText: t.link.live }).waitFor()
    await logOutEverywhere(login)
    const cover = page.locator('dialog.entry-again[open]')
    await cover.getByText(t.entry.loginOver).waitFor()
    const size = await cover.boundingBox()
    expect([size?.x, size?.y, size?.width, size?.height]).toEqual([0, 0, look.viewport.width, look.viewport.height])
    await expect.poll(() => cover.getByLabel(t.entry.login).inputValue()).toBe(login)
    for (let tries = 0; tries < 3; tries++) await page.keyboard.press('Escape')
    await cover.waitFor()
    await enter(page)
    await cover.waitFor({ state: 'detached' })
    await expect.poll(() => page.getByLabel(t.home.announce.text).inputValue()).toBe('Dinner in ten minutes')
    expect(await page.title()).toBe(title)
    await page.locator('.live-state:visible', { hasText: t.link.live }).waitFor()
    await page.getByRole('button', { name: t.home.announce.send, exact: true }).click()
    await page.getByText(t.home.announce.offline, { exact: true }).waitFor()
  })

  test('a cloud that stops in mid-edit: what was typed stays, and is saved when it is back', async () => {
    await page.goto(`${panel.url}/people`)
    const name = page.getByLabel(t.home.people.homeName)
    const save = page.locator('form', { has: name }).getByRole('button', { name: t.actions.save, exact: true })
    await name.fill('Summer house')
    await panel.stopCloud()
    await page.locator('.banner', { hasText: t.link.lost }).waitFor()
    await save.click()
    await page.getByText(t.problems.unreachable).first().waitFor()
    await panel.startCloudAgain()
    await page.locator('.banner').waitFor({ state: 'detached', timeout: 30_000 })
    await expect.poll(() => name.inputValue()).toBe('Summer house')
    await save.click()
    await page.locator('.toast', { hasText: t.states.saved }).waitFor()
  }, 60_000)

  test('a login that ends, and somebody else who logs in: nothing of the first one is left', async () => {
    await page.goto(`${panel.url}/announce`)
    await page.getByLabel(t.home.announce.text).fill('A secret')
    await logOutEverywhere(login)
    await page.locator('dialog.entry-again[open]').waitFor()
    await enter(page, login === 'mei' ? 'grace' : 'mei')
    await page.locator('dialog.entry-again').waitFor({ state: 'detached' })
    await expect.poll(() => page.getByLabel(t.home.announce.text).inputValue()).toBe('')
  })
})
