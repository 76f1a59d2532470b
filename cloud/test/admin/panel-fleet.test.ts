import { expect, test } from 'vitest'
import { signIn } from './every-page.ts'
import { viewOf } from './fake-state.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const panel = panelInBrowser({ cloud: { extraSpeakers: 991 } })

test('a thousand speakers are a few rows in the page, also while they report and the list is scrolled, and one of them is found by its name', async () => {
  await signIn(panel.page, panel.cloud)
  await panel.page.goto(panel.cloud.url)
  await panel.page.getByText('998 of 1,000 online').waitFor()
  const rows = () => panel.page.locator('.speaker-row').count()
  expect(await rows()).toBeLessThan(50)
  for (let round = 0; round < 10; round += 1) {
    for (const detail of [...panel.cloud.state.devices.values()].slice(round * 100, round * 100 + 100)) {
      const device = { ...viewOf(detail), volume: round }
      panel.cloud.emit({ type: 'status_update', device_id: detail.device_id, home_id: 'h-home', device })
    }
    await panel.page.mouse.wheel(0, 800)
    expect(await rows()).toBeLessThan(50)
  }
  await panel.page.getByLabel('Search by name, room or id').fill('Speaker 777')
  await panel.page.locator('.speaker-row', { hasText: 'Speaker 777' }).waitFor()
})
