import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { phone } from './browser.ts'
import { signIn } from './every-page.ts'
import { password } from './fake-people.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const panel = panelInBrowser()

beforeAll(async () => {
  const wasm = new Uint8Array(readFileSync(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'))))
  await prepareZXingModule({ overrides: { wasmBinary: wasm.buffer }, fireImmediately: true })
})

/** What a camera in front of the screen reads, and what a screen reader says instead. */
const scan = async (page: Page) => {
  const code = page.getByRole('img', { name: /^QR code/ })
  await code.waitFor()
  const read = await readBarcodes(new Uint8Array(await page.screenshot()), { formats: ['QRCode'] })
  return { texts: read.map(({ text }) => text), name: await code.getAttribute('aria-label') }
}

const makeToken = async (page: Page) => {
  await signIn(page, panel.cloud)
  await page.goto(panel.cloud.url)
  await page.getByRole('button', { name: 'Add a speaker' }).click()
  await page.getByRole('button', { name: 'Make a token' }).click()
  const token = await page.locator('dialog .secret').textContent()
  return new URLSearchParams({ cloud: 'http://192.168.1.2:8080', token: token ?? '' })
}

describe('a QR code can be scanned from the screen', () => {
  test('of an enrolment token: the address of the cloud and the token that stands below it', async () => {
    const expected = `mynah:enrol?${await makeToken(panel.page)}`
    expect(await scan(panel.page)).toEqual({ texts: [expected], name: 'QR code of the token' })
  })

  test('of the same token on a phone in the dark', async () => {
    const page = await panel.openPage({ viewport: phone, colorScheme: 'dark', isMobile: true })
    const expected = `mynah:enrol?${await makeToken(page)}`
    expect((await scan(page)).texts).toEqual([expected])
  })

  test('of an invitation: its link', async () => {
    const { page, cloud } = panel
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/people`)
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByRole('button', { name: 'Make a link' }).click()
    const link = await page.locator('dialog .secret').textContent()
    expect(link).toMatch(/^http:.*\/invite\//)
    expect(await scan(page)).toEqual({ texts: [link], name: 'QR code of the invitation link' })
  })

  test('of the second factor: what an authenticator app takes', async () => {
    const { page, cloud } = panel
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/account`)
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.getByLabel('Your password, to be sure it is you').fill(password)
    await page.getByRole('button', { name: 'Continue' }).click()
    const { texts } = await scan(page)
    expect(texts[0]).toMatch(/^otpauth:\/\/totp\/Mynah:ada\?secret=[A-Z2-7]{32}&/)
  })
})
