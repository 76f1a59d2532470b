import { beforeEach, describe, expect, test } from 'vitest'
import { signIn } from './every-page.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const panel = panelInBrowser()

const open = async (as?: string) => {
  await signIn(panel.page, panel.cloud, as)
  await panel.page.goto(`${panel.cloud.url}/speakers/kitchen`)
}
const button = (name: string | RegExp) => panel.page.getByRole('button', { name })
const beginRecording = async (word: string) => {
  await button('Record a word').click()
  await panel.page.getByLabel('Word', { exact: true }).fill(word)
}

describe('a wake word of ones own in the panel', () => {
  beforeEach(() => open())

  test('is recorded three times at the speaker, listed, put to rest and removed', async () => {
    await beginRecording('小智小智')
    await button('Record (1 of 3)').click()
    await panel.page.getByText('Recording 1').waitFor()
    await panel.page.getByText(/24 dBFS, 0\.9/).waitFor()
    await button('Record (2 of 3)').click()
    await button('Record (3 of 3)').click()
    await panel.page.getByText('“小智小智” is learned').last().waitFor()
    const listens = panel.page.getByRole('switch', { name: 'Listens for “小智小智”' })
    await listens.click()
    await panel.page.getByText('Kept, but not listened for').waitFor()
    expect(panel.cloud.state.ownWords).toContainEqual({ word: '小智小智', active: false })
    await button('Remove 小智小智').click()
    await panel.page.locator('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await panel.page.getByText('“小智小智” is removed').last().waitFor()
    expect(panel.cloud.state.ownWords.map(({ word }) => word)).not.toContain('小智小智')
  })

  test('says what was wrong with a recording and asks for the same one again', async () => {
    panel.cloud.state.nextQualities.push('too_quiet', 'good', 'not_alike', 'good', 'good')
    await beginRecording('hello mynah')
    await button('Record (1 of 3)').click()
    await panel.page.getByText('Too quiet. Come closer, or speak up.').waitFor()
    await button('Record (1 of 3)').click()
    await button('Record (2 of 3)').click()
    await panel.page.getByText('Not like the recordings before.').waitFor()
    await button('Record (2 of 3)').click()
    await button('Record (3 of 3)').click()
    await panel.page.getByText('“hello mynah” is learned').last().waitFor()
  })

  test('begins anew when the person wants to', async () => {
    await beginRecording('hello mynah')
    await button('Record (1 of 3)').click()
    await button('Record (2 of 3)').waitFor()
    await button('Begin anew').click()
    await button('Record (1 of 3)').waitFor()
    await expect.poll(() => panel.page.getByText('Recording 1').count()).toBe(0)
  })
})

test('a viewer sees the own words of a speaker and changes none', async () => {
  await open('vera')
  const known = panel.page.getByRole('switch', { name: 'Listens for “computer”' })
  await known.waitFor()
  await expect.poll(() => known.isDisabled()).toBe(true)
  await expect.poll(() => button('Record a word').count()).toBe(0)
  await expect.poll(() => button('Remove computer').count()).toBe(0)
})
