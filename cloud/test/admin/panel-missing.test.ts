import { describe, expect, test } from 'vitest'
import { panelPaths } from '../../src/gateway/panel.ts'
import { signIn } from './every-page.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const panel = panelInBrowser()
const nothing = () => panel.page.getByText('This page does not exist, or it is not yours to see.')

describe('an address that is no page', () => {
  test('says so inside of the panel, and leads back to the speakers', async () => {
    const { page, cloud } = panel
    await signIn(page, cloud)
    const answer = await page.goto(`${cloud.url}/speakers/kitchen/nothing`)
    expect(answer?.status()).toBe(404)
    await nothing().waitFor()
    expect(await page.title()).toBe('Nothing here · Mynah')
    await page.locator('.state').getByRole('link', { name: 'Speakers' }).click()
    await page.locator('.speaker-row').first().waitFor()
  })

  test('says so to whoever is not signed in, in their language', async () => {
    const page = await panel.openPage({ locale: 'zh-CN' })
    await page.goto(`${panel.cloud.url}/nothing`)
    await page.getByText('页面不存在，或者您无权查看。').waitFor()
    await page.getByRole('link', { name: '音箱' }).click()
    await page.getByRole('heading', { name: '登录' }).waitFor()
  })
})

test('every address that the cloud answers as a page is one', async () => {
  const { page, cloud } = panel
  await signIn(page, cloud)
  for (const path of panelPaths) {
    const answer = await page.goto(`${cloud.url}${path.replace(':device_id', 'kitchen').replaceAll(/:\w+/g, 'abc')}`)
    await page.locator('h1').waitFor()
    expect([path, answer?.status(), await nothing().count()]).toEqual([path, 200, 0])
  }
}, 60_000)
