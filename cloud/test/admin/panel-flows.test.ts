import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { distDir, startBrowser } from './browser.ts'
import { buildPanel } from './build-panel.ts'
import { signIn } from './every-page.ts'
import { type FakeCloud, startFakeCloud } from './fake-api.ts'
import { password } from './fake-people.ts'
import { viewOf } from './fake-state.ts'

let browser: Browser
let cloud: FakeCloud
let context: BrowserContext
let page: Page

beforeAll(async () => {
  buildPanel()
  browser = await startBrowser()
})
afterAll(async () => browser?.close())
beforeEach(async () => {
  cloud = await startFakeCloud({ distDir })
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1_280, height: 800 } })
  page = await context.newPage()
  page.setDefaultTimeout(8_000)
})
afterEach(async () => {
  await context?.close()
  await cloud?.close()
})

const row = (name: string) => page.locator('.speaker-row', { hasText: name })

describe('signing in', () => {
  test('needs nothing but the keyboard', async () => {
    await page.goto(cloud.url)
    await page.locator('input[name=login]').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('ada')
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await row('Kitchen').first().waitFor()
  })

  test('says in words what was wrong and asks for the second factor', async () => {
    await page.goto(cloud.url)
    await page.getByLabel('Login').fill('wei')
    await page.getByLabel('Password').fill('wrong password')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').getByText('Login or password is wrong.').waitFor()
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByLabel('Code from your authenticator app').fill('123456')
    await page.getByRole('button', { name: 'Log in' }).click()
    await row('Kitchen').first().waitFor()
  })

  test('lasts over a reload and ends with logging out', async () => {
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/account`)
    await page.reload()
    await page.getByRole('button', { name: 'Log out', exact: true }).click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
  })

  test('comes with the first account, made by the one-time link', async () => {
    await page.goto(`${cloud.url}/setup/${cloud.state.setupToken}`)
    await page.getByLabel('Your name').fill('Grace')
    await page.getByLabel('Login').fill('grace')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Create account' }).click()
    await row('Kitchen').first().waitFor()
    expect(cloud.state.people[0]?.login).toBe('grace')
  })
})

describe('the language', () => {
  test('changes without a reload, and is kept', async () => {
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/account`)
    await page.evaluate('window.notReloaded = true')
    await page.getByRole('radio', { name: '中文' }).check()
    await page.getByRole('heading', { level: 1, name: '账户' }).waitFor()
    await page.getByRole('link', { name: '音箱', exact: true }).click()
    await page.getByText('9 台中 7 台在线').waitFor()
    expect(await page.evaluate('[window.notReloaded, document.documentElement.lang, document.title]')).toEqual([
      true,
      'zh-CN',
      '音箱 · Mynah',
    ])
    await page.reload()
    await page.getByRole('heading', { level: 1, name: '音箱' }).waitFor()
  })
})

describe('a change', () => {
  test('shows at once, reaches the cloud and stays', async () => {
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/speakers/kitchen`)
    const volume = page.getByRole('slider', { name: 'Volume' })
    await volume.focus()
    await page.keyboard.press('ArrowRight')
    await page.locator('output').first().getByText('41').waitFor()
    await expect.poll(() => cloud.state.devices.get('kitchen')?.volume).toBe(41)
  })

  test('that is refused is taken back where everybody sees it', async () => {
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/speakers/kitchen`)
    cloud.state.delayMs = 300
    cloud.state.refuseNext.set('setDeviceConfig', { status: 503, code: 'unavailable' })
    const mute = page.getByRole('switch', { name: 'Mute the microphone' })
    await mute.click()
    expect(await mute.getAttribute('aria-checked')).toBe('true')
    await page.locator('.toast', { hasText: 'is back as it was' }).waitFor()
    expect(await page.getByRole('switch', { name: 'Mute the microphone' }).getAttribute('aria-checked')).toBe('false')
    expect(await page.locator('.rolled-back').count()).toBe(1)
  })

  test('of an offline speaker is stored and says that it waits', async () => {
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/speakers/garage`)
    await page.getByRole('switch', { name: 'Mute the microphone' }).click()
    await page.getByText('applied as soon as it is back').waitFor()
    expect(cloud.state.devices.get('garage')?.config.config.muted).toBe(true)
  })

  test('on an older version is refused and what is there now is shown', async () => {
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/speakers/kitchen`)
    const name = page.getByLabel('Name', { exact: true })
    await name.fill('Galley')
    const kitchen = cloud.state.devices.get('kitchen')
    if (!kitchen) throw new Error('the fake has no kitchen')
    const config = { ...kitchen.config, version: 9, config: { ...kitchen.config.config, name: 'Cuisine' } }
    cloud.state.devices.set('kitchen', { ...kitchen, name: 'Cuisine', config, config_version: 9 })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.toast', { hasText: 'Somebody changed this meanwhile' }).waitFor()
    await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('Cuisine')
  })

  test('is not offered to a viewer', async () => {
    await signIn(page, cloud, 'vera')
    await page.goto(`${cloud.url}/speakers/kitchen`)
    expect(await page.getByRole('switch', { name: 'Mute the microphone' }).isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Restart' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0)
  })
})

describe('live', () => {
  const setOnline = (deviceId: string, online: boolean) => {
    const detail = cloud.state.devices.get(deviceId)
    if (!detail) throw new Error(`the fake has no ${deviceId}`)
    const next = { ...detail, online }
    cloud.state.devices.set(deviceId, next)
    cloud.emit({ type: 'status_update', device_id: deviceId, home_id: 'h-home', device: viewOf(next) })
  }
  const isLive = () => page.locator('.sidebar .live-state', { hasText: 'Live' }).waitFor()

  test('a report changes its row and the count', async () => {
    await signIn(page, cloud)
    await page.goto(cloud.url)
    await isLive()
    setOnline('garage', true)
    await page.getByText('8 of 9 online').waitFor()
    await row('Garage').locator('.wide-only', { hasText: 'Idle' }).waitFor()
  })

  test('a turn shows what is heard and answered while it happens', async () => {
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/speakers/kitchen`)
    await isLive()
    const turn = {
      type: 'session',
      device_id: 'kitchen',
      home_id: 'h-home',
      session_id: 'turn000000000000000999',
      heard: 'what time',
      heard_is_final: false,
      reply: null,
      outcome: null,
      error: null,
    } as const
    await page.getByText('Nobody is talking to it.').waitFor()
    cloud.emit({ ...turn, phase: 'recognising' })
    await page.locator('.bubble', { hasText: 'what time' }).waitFor()
    cloud.emit({ ...turn, phase: 'speaking', heard: 'what time is it', heard_is_final: true, reply: 'Twenty to five.' })
    await page.locator('.bubble-reply', { hasText: 'Twenty to five.' }).waitFor()
    cloud.emit({ ...turn, phase: 'ended' })
    await page.getByText('Nobody is talking to it.').waitFor()
  })

  test('a restart of the cloud shows a banner, loses nothing and needs no reload', async () => {
    await signIn(page, cloud)
    await page.goto(cloud.url)
    await isLive()
    await page.evaluate('window.notReloaded = true')
    cloud.setDown(true)
    await page.locator('.banner').waitFor()
    setOnline('garage', true)
    cloud.setDown(false)
    await page.getByText('8 of 9 online').waitFor({ timeout: 20_000 })
    await page.locator('.banner').waitFor({ state: 'detached' })
    expect(await page.evaluate('window.notReloaded')).toBe(true)
  })

  test('a page that is opened while the cloud is away waits for it', async () => {
    await signIn(page, cloud)
    await page.goto(cloud.url)
    await isLive()
    await page.waitForResponse(/alarms-/)
    await page.waitForLoadState('networkidle')
    cloud.setDown(true)
    await page.getByRole('link', { name: 'Alarms' }).click()
    await page.getByText('The cloud does not answer.').waitFor()
    cloud.setDown(false)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Pasta').waitFor()
  })
})

describe('a thousand speakers', () => {
  test('are a few rows in the page, and a hundred reports with a screen of scrolling cost less than 50 ms', async () => {
    await cloud.close()
    cloud = await startFakeCloud({ distDir, extraSpeakers: 991 })
    await signIn(page, cloud)
    await page.goto(cloud.url)
    await page.getByText('998 of 1,000 online').waitFor()
    expect(await page.locator('.speaker-row').count()).toBeLessThan(50)
    const tools = await context.newCDPSession(page)
    // The time that the page's thread was computing, not how long it waited for a core that others use.
    await tools.send('Performance.enable', { timeDomain: 'threadTicks' })
    const busyMs = async () => {
      const { metrics } = await tools.send('Performance.getMetrics')
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1_000
    }
    const rounds = 10
    const beforeMs = await busyMs()
    for (let round = 0; round < rounds; round += 1) {
      for (const detail of [...cloud.state.devices.values()].slice(round * 100, round * 100 + 100)) {
        const device = { ...viewOf(detail), volume: round }
        cloud.emit({ type: 'status_update', device_id: detail.device_id, home_id: 'h-home', device })
      }
      await page.mouse.wheel(0, 800)
      await page.waitForTimeout(100)
    }
    expect(((await busyMs()) - beforeMs) / rounds).toBeLessThan(50)
    expect(await page.locator('.speaker-row').count()).toBeLessThan(50)
    await page.getByLabel('Search by name, room or id').fill('Speaker 777')
    await row('Speaker 777').waitFor()
  })
})

describe('conversations', () => {
  test('come page by page, are searched, and show where the time went', async () => {
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/conversations`)
    await page.locator('.turn-row').first().waitFor()
    expect(await page.locator('.turn-row').count()).toBe(50)
    await page.getByRole('button', { name: 'Load more' }).click()
    await expect.poll(() => page.locator('.turn-row').count()).toBe(100)
    await page.getByLabel('Search what was said and answered').fill('hill mynah')
    await expect.poll(() => page.locator('.turn-row').count()).toBeLessThan(20)
    await page.locator('.turn-row').first().click()
    const picture = page.getByRole('img', { name: /Where the time went/ })
    expect(await picture.getAttribute('aria-label')).toContain('Language model')
    await page.getByRole('button', { name: 'Right' }).click()
    await expect.poll(() => cloud.state.turns[3]?.feedback?.verdict).toBe('right')
  })

  test('are deleted after a question, and a person who says no keeps them', async () => {
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/conversations/turn000000000000000000`)
    await page.getByRole('button', { name: 'Delete this turn' }).click()
    await page.keyboard.press('Escape')
    expect(cloud.state.turns.length).toBe(130)
    await page.getByRole('button', { name: 'Delete this turn' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { level: 1, name: 'Conversations' }).waitFor()
    expect(cloud.state.turns.length).toBe(129)
  })
})
