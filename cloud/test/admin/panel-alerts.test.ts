import { expect, test } from 'vitest'
import { signIn } from './every-page.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const panel = panelInBrowser()

const banner = () => panel.page.locator('.banner')
const tell = (state: 'raised' | 'cleared', stage: 'stt' | 'llm') =>
  panel.cloud.emit({
    type: 'alert',
    home_id: 'h-home',
    device_id: 'kitchen',
    state,
    kind: 'provider_failed',
    severity: state === 'raised' ? 'warning' : 'info',
    detail: { stage, code: 'timeout' },
  })
const isLive = () => panel.page.locator('.sidebar .dot-online').waitFor()

test('an engine that fails is shown on every page until it works again, in the language of the panel', async () => {
  await signIn(panel.page, panel.cloud)
  await panel.page.goto(`${panel.cloud.url}/account`)
  await isLive()
  tell('raised', 'llm')
  await banner().getByText('Language model: took too long. Whoever asks hears an apology.').waitFor()
  tell('raised', 'stt')
  await banner().nth(1).waitFor()
  await panel.page.getByRole('radio', { name: '中文' }).check()
  await banner().first().getByText('语言模型：超时。提问的人只能听到一句道歉。').waitFor()
  await banner().first().getByRole('link', { name: 'AI 设置' }).click()
  await panel.page.getByRole('heading', { level: 1, name: 'AI 设置' }).waitFor()
  tell('cleared', 'llm')
  await banner().nth(1).waitFor({ state: 'detached' })
  await banner().getByText('语音识别').waitFor()
})

test('what failed before the page was opened is there, and a viewer is told who can help', async () => {
  panel.cloud.state.alerts = [
    {
      kind: 'provider_failed',
      home_id: 'h-home',
      device_id: 'kitchen',
      at: panel.cloud.state.at(0),
      stage: 'tts',
      code: 'unavailable',
    },
  ]
  await signIn(panel.page, panel.cloud, 'vera')
  await panel.page.goto(panel.cloud.url)
  await banner().getByText('Voice: cannot be reached.').waitFor()
  await banner().getByText('An admin of the home can choose another one.').waitFor()
  await expect.poll(() => banner().getByRole('link').count()).toBe(0)
})
