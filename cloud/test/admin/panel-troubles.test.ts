import { expect, test } from 'vitest'
import { signIn } from './every-page.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const panel = panelInBrowser()
const rows = () => panel.page.locator('.trouble')
const open = async () => {
  await signIn(panel.page, panel.cloud)
  await panel.page.goto(`${panel.cloud.url}/problems`)
}

test('what went wrong during the night is read in the morning: what, where, why and for how long', async () => {
  await open()
  const { page } = panel
  const engine = rows().filter({ hasText: 'Engine failed' })
  await engine.getByText('Language model: took too long').waitFor()
  await engine.getByText('17 min').waitFor()
  await expect.poll(() => engine.locator('.badge').count()).toBe(0)
  const away = rows().filter({ hasText: 'Not connected' })
  await away.getByText(/^for 3 hrs? 10 mins?$/).waitFor()
  await rows().filter({ hasText: 'Disk almost full' }).getByText('392.9 MB free').waitFor()
  await rows().filter({ hasText: 'Fault of a speaker' }).getByText('a timer or alarm was missed').waitFor()
  // What lasts comes first, whenever it began.
  await expect.poll(() => page.locator('.day').first().textContent()).toBe('Not over yet')
  await away.getByRole('link', { name: 'Garage' }).click()
  await page.getByRole('heading', { level: 1, name: 'Garage' }).waitFor()
})

test('the list is narrowed to a day and to a kind, in the language of the panel', async () => {
  await open()
  const { page } = panel
  await rows().nth(8).waitFor()
  await page.getByRole('radio', { name: '24 hours' }).check()
  await rows().nth(5).waitFor({ state: 'detached' })
  await expect.poll(() => rows().count()).toBe(5)
  await page.getByRole('combobox', { name: 'What' }).selectOption('hot')
  await rows().nth(1).waitFor({ state: 'detached' })
  await rows().getByText('84°C').waitFor()
  await page.goto(`${panel.cloud.url}/account`)
  await page.getByRole('radio', { name: '中文' }).check()
  await page.goto(`${panel.cloud.url}/problems`)
  await rows().getByText('语言模型：超时').waitFor()
})

test('what goes wrong while the page is open comes into it by itself', async () => {
  await open()
  await rows().nth(8).waitFor()
  await panel.page.locator('.sidebar .dot-online').waitFor()
  const { state } = panel.cloud
  const alert = { home_id: 'h-home', device_id: 'study', kind: 'offline', severity: 'warning' } as const
  state.alertHistory = [
    { ...alert, alert_id: 900_000, detail: {}, at: state.at(0), ended_at: null },
    ...state.alertHistory,
  ]
  panel.cloud.emit({ type: 'alert', ...alert, state: 'raised', detail: {} })
  await rows().filter({ hasText: '书房' }).filter({ hasText: 'Not connected' }).waitFor()
})
