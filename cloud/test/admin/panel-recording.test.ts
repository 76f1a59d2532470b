import { decodeWav } from '@mynah/shared/audio/wav.ts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../test/patience.ts'
import { distDir, startBrowser } from './browser.ts'
import { buildPanel } from './build-panel.ts'
import { signIn } from './every-page.ts'
import { type FakeCloud, startFakeCloud } from './fake-api.ts'
import { password } from './fake-people.ts'

const fakeMicrophone = '--use-fake-device-for-media-stream'
/** The browser beeps into its fake microphone, and nobody has to be asked. */
const allowed = [fakeMicrophone, '--use-fake-ui-for-media-stream']

let cloud: FakeCloud
beforeAll(async () => {
  buildPanel()
  cloud = await startFakeCloud({ distDir })
})
afterAll(() => cloud?.close())

const openAnnounce = async (browser: Browser): Promise<Page> => {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 844 } })
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  await signIn(page, cloud)
  await page.goto(`${cloud.url}/announce`)
  await page.getByRole('radio', { name: 'My voice' }).check()
  return page
}

describe('a recorded announcement', () => {
  test('is recorded, listened to and sent to one room', async () => {
    const browser = await startBrowser(allowed)
    try {
      const page = await openAnnounce(browser)
      await expect.poll(() => page.getByRole('button', { name: 'Announce' }).isDisabled()).toBe(true)
      await page.getByRole('button', { name: 'Record' }).click()
      await page.locator('.recorder[data-state=recording]').waitFor()
      await expect.poll(() => page.locator('.recorder-time').textContent()).toContain('2 of 60 s')
      await page.getByRole('button', { name: 'Stop' }).click()
      await page.locator('audio[src^="blob:"]').waitFor()
      const seconds = await page.locator('audio').evaluate((audio: { duration: number }) => audio.duration)
      expect(seconds).toBeGreaterThan(1.5)
      await page.getByRole('radio', { name: 'A room' }).check()
      await page.getByLabel('Room', { exact: true }).selectOption('Kitchen')
      const sent = page.waitForRequest((request) => request.url().includes('/announcements/recording'))
      await page.getByRole('button', { name: 'Announce' }).click()
      const request = await sent
      expect(new URL(request.url()).searchParams.get('room')).toBe('Kitchen')
      const wav = decodeWav(new Uint8Array(request.postDataBuffer() ?? new Uint8Array()))
      if (!wav.ok) throw new Error(wav.error.message)
      expect(wav.value.sampleRateHz).toBe(24_000)
      expect(wav.value.samples.length / 24_000).toBeCloseTo(seconds, 1)
      await page.getByText('On its way').first().waitFor()
    } finally {
      await browser.close()
    }
  }, 60_000)

  test('says what to do when the microphone is not allowed', async () => {
    const browser = await startBrowser([fakeMicrophone])
    try {
      const page = await openAnnounce(browser)
      await page.getByRole('button', { name: 'Record' }).click()
      await page.getByRole('alert').getByText('The microphone is not allowed').waitFor()
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('alert').getByText('The microphone is not allowed').waitFor()
    } finally {
      await browser.close()
    }
  }, 60_000)

  test('says how to open the panel where the browser gives no microphone', async () => {
    const browser = await startBrowser([...allowed, '--host-resolver-rules=MAP mynah.test 127.0.0.1'])
    try {
      const page = await (await browser.newContext({ locale: 'en-GB' })).newPage()
      page.setDefaultTimeout(patienceMs)
      await page.goto(`http://mynah.test:${new URL(cloud.url).port}/announce`)
      await page.getByLabel('Login').fill('ada')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByRole('radio', { name: 'My voice' }).check()
      await page.getByRole('alert').getByText('No microphone over this address').waitFor()
      await expect.poll(() => page.getByRole('button', { name: 'Record' }).count()).toBe(0)
    } finally {
      await browser.close()
    }
  }, 60_000)
})

test('the link of a speaker without an owner opens the dialog with its code', async () => {
  const browser = await startBrowser()
  try {
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage()
    page.setDefaultTimeout(patienceMs)
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/claim/123456`)
    await expect.poll(() => page.getByLabel('Six-digit code').inputValue()).toBe('123456')
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click()
    await page.getByText('The speaker is yours').first().waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
  } finally {
    await browser.close()
  }
}, 60_000)
