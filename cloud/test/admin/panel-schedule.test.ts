import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { distDir, startBrowser } from './browser.ts'
import { buildPanel } from './build-panel.ts'
import { signIn } from './every-page.ts'
import { type FakeCloud, startFakeCloud } from './fake-api.ts'

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
  await signIn(page, cloud)
  await page.goto(`${cloud.url}/alarms`)
  await item('Pasta').waitFor()
})
afterEach(async () => {
  await context?.close()
  await cloud?.close()
})

const item = (text: string) => page.locator('.list-row', { hasText: text })
const itemOf = (id: string) => cloud.state.schedule.find(({ item_id }) => item_id === id)
const edit = async (name: string, label: string) => {
  await page.getByRole('button', { name: `Change ${name}` }).click()
  await page.getByLabel('Label (optional)').fill(label)
  await page.getByRole('button', { name: 'Save' }).click()
}

describe('the page of alarms', () => {
  test('follows what is set by voice, without a reload', async () => {
    const home_id = cloud.state.devices.get('kitchen')?.home_id ?? ''
    const items = [{ item_id: 'eggs', kind: 'timer' as const, fires_at: cloud.state.at(3), label: 'Eggs' }]
    cloud.emit({ type: 'schedule_update', home_id, device_id: 'kitchen', items })
    await item('Eggs').waitFor()
    expect(await item('Pasta').count()).toBe(0)
    // Of another speaker nothing was said.
    expect(await item('给妈妈打电话').count()).toBe(1)
  })

  test('changes label and time in place, at once', async () => {
    await edit('Alarm', 'Early')
    await item('Early').waitFor()
    await expect.poll(() => itemOf('wake')?.label).toBe('Early')
    const before = itemOf('wake')?.fires_at
    await page.getByRole('button', { name: 'Change Early' }).click()
    await page.getByLabel('When').fill('2099-01-02T06:30')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => itemOf('wake')?.fires_at).toMatch(/^2099-01-0[12]T/)
    expect(itemOf('wake')).toMatchObject({ kind: 'alarm', label: 'Early' })
    expect(before).not.toBe(itemOf('wake')?.fires_at)
  })

  test('takes a change back where everybody sees it when it is refused', async () => {
    cloud.state.refuseNext.set('setScheduleItem', { status: 503, code: 'unavailable' })
    await edit('Pasta', 'Noodles')
    await page.getByText('The cloud cannot do this right now.').last().waitFor()
    await page.locator('.rolled-back', { hasText: 'Pasta' }).waitFor()
    expect(await item('Noodles').count()).toBe(0)
    expect(itemOf('pasta')?.label).toBe('Pasta')
  })

  test('takes a change back that the speaker did not confirm', async () => {
    const kitchen = cloud.state.devices.get('kitchen')
    if (kitchen) cloud.state.devices.set('kitchen', { ...kitchen, online: false })
    await edit('Pasta', 'Noodles')
    await page.getByText('The speaker did not confirm in time.').last().waitFor()
    await page.locator('.rolled-back', { hasText: 'Pasta' }).waitFor()
  })

  test('lets no time be chosen that is over', async () => {
    await page.getByRole('button', { name: 'Change Alarm' }).click()
    await page.getByLabel('When').fill('2001-01-01T06:30')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Choose a time that is still to come.').waitFor()
  })
})
