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
  browser = await startBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
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

const open = async (login = 'ada') => {
  await signIn(page, cloud, login)
  await page.goto(`${cloud.url}/talk`)
  await page.getByRole('heading', { name: 'Talk', exact: true }).waitFor()
}
const phase = (text: string) => page.locator('.talk-phase', { hasText: text }).waitFor()

describe('the Talk page', () => {
  test('takes typed text by keyboard alone, shows question, answer and times, and keeps the turn', async () => {
    await open()
    await page.getByLabel('Type what you would say').focus()
    await page.keyboard.type('hello there')
    await page.keyboard.press('Enter')
    const log = page.getByRole('log')
    await log.getByText('You said: hello there.').waitFor()
    expect(await log.getAttribute('aria-live')).toBe('polite')
    await page.locator('.waterfall').waitFor()
    await page.getByRole('link', { name: 'This turn under Conversations' }).click()
    await page.getByText('Talk page (Ada)').waitFor()
    expect(await page.getByRole('link', { name: 'Talk page (Ada)' }).count()).toBe(0)
  })

  test('listens after one press, shows words as they come, and ends with the second', async () => {
    await open()
    await page.getByRole('button', { name: 'Talk', exact: true }).click()
    await phase('Listening')
    await page.locator('.bubble-unsure', { hasText: 'what ti' }).waitFor()
    await page.getByRole('button', { name: 'I have finished' }).click()
    await page.getByRole('log').getByText('You said: what time is it.').waitFor()
    await phase('Ready')
  })

  test('listens while the button is held', async () => {
    await open()
    await page.getByRole('button', { name: 'Talk', exact: true }).hover()
    await page.mouse.down()
    await phase('Listening')
    await page.locator('.bubble-unsure', { hasText: 'what ti' }).waitFor()
    await page.waitForTimeout(400)
    await page.mouse.up()
    await page.getByRole('log').getByText('You said: what time is it.').waitFor()
  })

  test('starts and ends by the space bar alone', async () => {
    await open()
    await page.getByRole('button', { name: 'Talk', exact: true }).focus()
    await page.keyboard.press('Space')
    await phase('Listening')
    await page.locator('.bubble-unsure', { hasText: 'what ti' }).waitFor()
    await page.keyboard.press('Space')
    await page.getByRole('log').getByText('You said: what time is it.').waitFor()
  })

  test('sends plain samples of 16 kHz from a browser without Opus, whatever the rate of its sound', async () => {
    await context.addInitScript(`
      delete window.AudioEncoder
      delete window.AudioDecoder
      const join = AudioContext.prototype.createMediaStreamSource
      AudioContext.prototype.createMediaStreamSource = function (stream) {
        if (this.sampleRate === 16_000) throw new DOMException('another rate', 'NotSupportedError')
        return join.call(this, stream)
      }`)
    const sizes: number[] = []
    const starts: string[] = []
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        if (typeof payload !== 'string') sizes.push(payload.length)
        else if (payload.includes('"start"')) starts.push(payload)
      }),
    )
    await open()
    await page.getByRole('button', { name: 'Talk', exact: true }).click()
    await page.locator('.bubble-unsure', { hasText: 'what ti' }).waitFor()
    const before = sizes.length
    await page.waitForTimeout(1_000)
    const inOneSecond = sizes.length - before
    await page.getByRole('button', { name: 'I have finished' }).click()
    await page.getByRole('log').getByText('You said: what time is it.').waitFor()
    expect(JSON.parse(starts[0] ?? '')).toMatchObject({ up: 'pcm', down: 'pcm' })
    expect(new Set(sizes)).toEqual(new Set([640]))
    expect(inOneSecond).toBeGreaterThan(35)
    expect(inOneSecond).toBeLessThan(65)
  })

  test('says that the connection was lost in the middle, and goes on with the next try', async () => {
    await open()
    await page.getByRole('button', { name: 'Talk', exact: true }).click()
    await page.locator('.bubble-unsure', { hasText: 'what ti' }).waitFor()
    cloud.cutLive()
    await page.getByRole('alert').getByText('The connection was lost').waitFor()
    await phase('Ready')
    await page.getByLabel('Type what you would say').fill('again')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('log').getByText('You said: again.').waitFor()
  })

  test('says that the cloud is away, and works again when it is back', async () => {
    await open()
    cloud.setDown(true)
    await page.getByLabel('Type what you would say').fill('hello')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('alert').getByText('The cloud does not answer').waitFor()
    cloud.setDown(false)
    await page.getByLabel('Type what you would say').fill('again')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('log').getByText('You said: again.').waitFor()
    expect(await page.getByRole('alert').textContent()).toBe('')
  })

  test('says that the cloud is busy', async () => {
    await open()
    await page.getByLabel('Type what you would say').fill('be busy')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('alert').getByText('busy with other conversations').waitFor()
  })

  test('says what to do when the microphone is not allowed, and still takes what is typed', async () => {
    await context.addInitScript(
      "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))",
    )
    await open()
    await page.getByRole('button', { name: 'Talk', exact: true }).click()
    await page.getByRole('alert').getByText('may not use the microphone').waitFor()
    await page.getByLabel('Type what you would say').fill('hello')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('log').getByText('You said: hello.').waitFor()
  })

  test('says that browsers want https for the microphone, where there is none', async () => {
    await context.addInitScript("Object.defineProperty(window, 'isSecureContext', { value: false })")
    await open()
    await page.getByRole('alert').getByText('over https').waitFor()
    expect(await page.locator('.talk-button').isDisabled()).toBe(true)
    await page.getByLabel('Type what you would say').fill('hello')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('log').getByText('You said: hello.').waitFor()
  })

  test('follows the language of the panel', async () => {
    await context.addInitScript("localStorage.setItem('mynah.language', 'zh')")
    await signIn(page, cloud)
    await page.goto(`${cloud.url}/talk`)
    await page.getByLabel('输入想说的话').fill('现在几点')
    await page.getByRole('button', { name: '发送' }).click()
    expect(await page.locator('.bubble-reply').getAttribute('lang')).toBe('zh-CN')
  })

  test('tells a viewer that talking is for members', async () => {
    cloud.state.people = cloud.state.people.map((person) => ({
      ...person,
      homes: person.homes.map((home) => ({ ...home, role: 'viewer' as const })),
    }))
    await open()
    await page.getByText('Talking is for members').waitFor()
    expect(await page.locator('.talk-button').count()).toBe(0)
  })
})
