import { systemClock } from '@mynah/shared/time/clock.ts'
import { describe, expect, test } from 'vitest'
import { desktop, phone } from './browser.ts'
import { signIn } from './every-page.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const panel = panelInBrowser({
  browserArguments: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
})

const open = async (login = 'ada') => {
  await signIn(panel.page, panel.cloud, login)
  await panel.page.goto(`${panel.cloud.url}/talk`)
  await panel.page.getByRole('heading', { name: 'Talk', exact: true }).waitFor()
}
const phase = (text: string) => panel.page.locator('.talk-phase', { hasText: text }).waitFor()

describe('the Talk page', () => {
  test('takes typed text by keyboard alone, shows question, answer and times, and keeps the turn', async () => {
    await open()
    await panel.page.getByLabel('Type what you would say').focus()
    await panel.page.keyboard.type('hello there')
    await panel.page.keyboard.press('Enter')
    const log = panel.page.getByRole('log')
    await log.getByText('You said: hello there.').waitFor()
    await expect.poll(() => log.getAttribute('aria-live')).toBe('polite')
    await panel.page.locator('.waterfall').waitFor()
    await panel.page.getByRole('link', { name: 'This turn under Conversations' }).click()
    await panel.page.getByText('Talk page (Ada)').waitFor()
    await expect.poll(() => panel.page.getByRole('link', { name: 'Talk page (Ada)' }).count()).toBe(0)
  })

  test.each([
    ['a desktop', { viewport: desktop }],
    ['a phone', { viewport: phone }],
  ])('puts the person on the right and Mynah on the left, on %s', async (_, look) => {
    const page = await panel.openPage(look)
    await signIn(page, panel.cloud)
    await page.goto(`${panel.cloud.url}/talk`)
    await page.getByLabel('Type what you would say').fill('hello there')
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText('You said: hello there.').waitFor()
    const space = await page.getByRole('log').boundingBox()
    const said = await page.locator('.bubble:not(.bubble-reply)').boundingBox()
    const answered = await page.locator('.bubble-reply').boundingBox()
    if (!space || !said || !answered) throw new Error('something is not shown')
    expect(said.x + said.width).toBeCloseTo(space.x + space.width, 0)
    expect(said.x).toBeGreaterThan(space.x + space.width * 0.1)
    expect(answered.x).toBeCloseTo(space.x, 0)
    expect(answered.x + answered.width).toBeLessThan(space.x + space.width * 0.95)
  })

  test('lets a person choose who answers and name the browser, and remembers both', async () => {
    await open()
    const who = panel.page.getByLabel('Who answers')
    const name = panel.page.getByLabel('Name of this browser')
    expect([await who.inputValue(), await name.inputValue()]).toEqual(['Mynah', ''])
    await who.selectOption('小智')
    await name.fill(' Kitchen tablet ')
    await panel.page.reload()
    await panel.page.getByLabel('Who answers').waitFor()
    expect([await who.inputValue(), await name.inputValue()]).toEqual(['小智', 'Kitchen tablet'])
    await panel.page.getByLabel('Type what you would say').fill('hello')
    await panel.page.keyboard.press('Enter')
    await panel.page.getByRole('log').getByText('小智: You said: hello.').waitFor()
    await expect.poll(() => panel.page.locator('.bubble-reply').getAttribute('lang')).toBe('zh-CN')
    await panel.page.locator('.waterfall').waitFor()
    await panel.page.goto(`${panel.cloud.url}/conversations`)
    await panel.page.locator('.turn-row').first().getByText('Kitchen tablet (Ada)').waitFor()
  })

  test('answers as the first persona once the chosen one is gone', async () => {
    await open()
    await panel.page.getByLabel('Who answers').selectOption('小智')
    const settings = panel.cloud.state.ai.get('h-home')
    if (settings) panel.cloud.state.ai.set('h-home', { ...settings, personas: settings.personas.slice(0, 1) })
    await panel.page.reload()
    await panel.page.getByLabel('Type what you would say').waitFor()
    await expect.poll(() => panel.page.getByLabel('Who answers').inputValue()).toBe('Mynah')
  })

  test('listens after one press, shows words as they come, and ends with the second', async () => {
    await open()
    await panel.page.getByRole('button', { name: 'Talk', exact: true }).click()
    await phase('Listening')
    await panel.page.locator('.bubble-unsure', { hasText: 'what ti' }).waitFor()
    await panel.page.getByRole('button', { name: 'I have finished' }).click()
    await panel.page.getByRole('log').getByText('You said: what time is it.').waitFor()
    await phase('Ready')
  })

  test('listens while the button is held', async () => {
    await open()
    await panel.page.getByRole('button', { name: 'Talk', exact: true }).hover()
    await panel.page.mouse.down()
    await phase('Listening')
    await panel.page.locator('.bubble-unsure', { hasText: 'what ti' }).waitFor()
    await panel.page.waitForTimeout(400)
    await panel.page.mouse.up()
    await panel.page.getByRole('log').getByText('You said: what time is it.').waitFor()
  })

  test('starts and ends by the space bar alone', async () => {
    await open()
    await panel.page.getByRole('button', { name: 'Talk', exact: true }).focus()
    await panel.page.keyboard.press('Space')
    await phase('Listening')
    await panel.page.locator('.bubble-unsure', { hasText: 'what ti' }).waitFor()
    await panel.page.keyboard.press('Space')
    await panel.page.getByRole('log').getByText('You said: what time is it.').waitFor()
  })

  test('sends plain samples of 16 kHz from a browser without Opus, whatever the rate of its sound', async () => {
    await panel.context.addInitScript(`
      delete window.AudioEncoder
      delete window.AudioDecoder
      const join = AudioContext.prototype.createMediaStreamSource
      AudioContext.prototype.createMediaStreamSource = function (stream) {
        if (this.sampleRate === 16_000) throw new DOMException('another rate', 'NotSupportedError')
        return join.call(this, stream)
      }`)
    const sizes: number[] = []
    const starts: string[] = []
    panel.page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        if (typeof payload !== 'string') sizes.push(payload.length)
        else if (payload.includes('"start"')) starts.push(payload)
      }),
    )
    await open()
    await panel.page.getByRole('button', { name: 'Talk', exact: true }).click()
    await panel.page.locator('.bubble-unsure', { hasText: 'what ti' }).waitFor()
    const before = { pieces: sizes.length, atMs: systemClock.now() }
    await panel.page.waitForTimeout(1_000)
    const sentMs = 20 * (sizes.length - before.pieces)
    const heardMs = systemClock.now() - before.atMs
    await panel.page.getByRole('button', { name: 'I have finished' }).click()
    await panel.page.getByRole('log').getByText('You said: what time is it.').waitFor()
    expect(JSON.parse(starts[0] ?? '')).toMatchObject({ up: 'pcm', down: 'pcm' })
    expect(new Set(sizes)).toEqual(new Set([640]))
    // In the pace of the sound; at another rate of sampling it would be a third or three times as much.
    expect(sentMs / heardMs).toBeGreaterThan(0.6)
    expect(sentMs / heardMs).toBeLessThan(1.4)
  })

  test('says that the connection was lost in the middle, and goes on with the next try', async () => {
    await open()
    await panel.page.getByRole('button', { name: 'Talk', exact: true }).click()
    await panel.page.locator('.bubble-unsure', { hasText: 'what ti' }).waitFor()
    panel.cloud.cutLive()
    await panel.page.getByRole('alert').getByText('The connection was lost').waitFor()
    await phase('Ready')
    await panel.page.getByLabel('Type what you would say').fill('again')
    await panel.page.getByRole('button', { name: 'Send' }).click()
    await panel.page.getByRole('log').getByText('You said: again.').waitFor()
  })

  test('says that the cloud is away, and works again when it is back', async () => {
    await open()
    panel.cloud.setDown(true)
    await panel.page.getByLabel('Type what you would say').fill('hello')
    await panel.page.getByRole('button', { name: 'Send' }).click()
    await panel.page.getByRole('alert').getByText('The cloud does not answer').waitFor()
    panel.cloud.setDown(false)
    await panel.page.getByLabel('Type what you would say').fill('again')
    await panel.page.getByRole('button', { name: 'Send' }).click()
    await panel.page.getByRole('log').getByText('You said: again.').waitFor()
    await expect.poll(() => panel.page.getByRole('alert').textContent()).toBe('')
  })

  test('says that the cloud is busy', async () => {
    await open()
    await panel.page.getByLabel('Type what you would say').fill('be busy')
    await panel.page.getByRole('button', { name: 'Send' }).click()
    await panel.page.getByRole('alert').getByText('busy with other conversations').waitFor()
  })

  test('says what to do when the microphone is not allowed, and still takes what is typed', async () => {
    await panel.context.addInitScript(
      "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))",
    )
    await open()
    await panel.page.getByRole('button', { name: 'Talk', exact: true }).click()
    await panel.page.getByRole('alert').getByText('may not use the microphone').waitFor()
    await panel.page.getByLabel('Type what you would say').fill('hello')
    await panel.page.getByRole('button', { name: 'Send' }).click()
    await panel.page.getByRole('log').getByText('You said: hello.').waitFor()
  })

  test('says that browsers want https for the microphone, where there is none', async () => {
    await panel.context.addInitScript("Object.defineProperty(window, 'isSecureContext', { value: false })")
    await open()
    await panel.page.getByRole('alert').getByText('over https').waitFor()
    await expect.poll(() => panel.page.locator('.talk-button').isDisabled()).toBe(true)
    await panel.page.getByLabel('Type what you would say').fill('hello')
    await panel.page.getByRole('button', { name: 'Send' }).click()
    await panel.page.getByRole('log').getByText('You said: hello.').waitFor()
  })

  test('follows the language of the panel', async () => {
    await panel.context.addInitScript("localStorage.setItem('mynah.language', 'zh')")
    await signIn(panel.page, panel.cloud)
    await panel.page.goto(`${panel.cloud.url}/talk`)
    await panel.page.getByLabel('输入想说的话').fill('现在几点')
    await panel.page.getByRole('button', { name: '发送' }).click()
    await expect.poll(() => panel.page.locator('.bubble-reply').getAttribute('lang')).toBe('zh-CN')
  })

  test('tells a viewer that talking is for members', async () => {
    panel.cloud.state.people = panel.cloud.state.people.map((person) => ({
      ...person,
      homes: person.homes.map((home) => ({ ...home, role: 'viewer' as const })),
    }))
    await open()
    await panel.page.getByText('Talking is for members').waitFor()
    await expect.poll(() => panel.page.locator('.talk-button').count()).toBe(0)
  })
})
