import { contract } from '@mynah/shared/api/contract.ts'
import * as v from 'valibot'
import { beforeEach, describe, expect, test } from 'vitest'
import { signIn } from './every-page.ts'
import { heldPut } from './held-put.ts'
import { panelInBrowser } from './panel-in-browser.ts'

const metricsSchema = contract.getTurnMetrics.reply
const panel = panelInBrowser()

beforeEach(() => signIn(panel.page, panel.cloud))

const open = (path: string) => panel.page.goto(`${panel.cloud.url}${path}`)
const withSound = () => panel.cloud.state.turns.find(({ sound }) => sound !== null)?.session_id ?? ''

describe('the sound of a conversation', () => {
  test('is fetched and played when somebody wants to hear it, and deleted by itself', async () => {
    const sessionId = withSound()
    await open(`/conversations/${sessionId}`)
    await panel.page.getByRole('button', { name: 'What was heard: Listen' }).click()
    const player = panel.page.locator('audio[aria-label="What was heard"]')
    await player.waitFor()
    // A second of sound that the browser could decode.
    await expect.poll(() => panel.page.evaluate("document.querySelector('audio').duration")).toBe(1)
    await panel.page.getByRole('button', { name: 'Delete the sound' }).click()
    await panel.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await panel.page.getByText('The sound is deleted').last().waitFor()
    await player.waitFor({ state: 'detached' })
    expect(panel.cloud.state.turns.find(({ session_id: id }) => id === sessionId)?.sound).toBeNull()
  })

  test('is not spoken of where none was kept', async () => {
    const plain = panel.cloud.state.turns.find(({ sound }) => sound === null)?.session_id ?? ''
    await open(`/conversations/${plain}`)
    await panel.page.getByRole('heading', { name: 'Sound of conversations' }).waitFor({ state: 'detached' })
  })
})

describe('what a home keeps', () => {
  test('is chosen by its admin, and taken back where everybody sees it when it is refused', async () => {
    await open('/people')
    const days = panel.page.getByLabel('Conversations are kept')
    await days.selectOption('7')
    await expect.poll(() => panel.cloud.state.retention.get('h-home')).toEqual({ keep_days: 7, keep_sound: true })
    await panel.page.getByLabel('Keep the sound, too').uncheck()
    await expect.poll(() => panel.cloud.state.retention.get('h-home')).toEqual({ keep_days: 7, keep_sound: false })
    panel.cloud.state.refuseNext.set('setHomeRetention', { status: 503, code: 'unavailable' })
    await days.selectOption('365')
    await panel.page.getByText('The cloud cannot do this right now.').last().waitFor()
    await expect.poll(() => days.inputValue()).toBe('7')
  })

  test('can be otherwise for one speaker', async () => {
    await open('/speakers/kitchen')
    const sound = panel.page.getByLabel('Sound of conversations')
    await expect.poll(() => sound.inputValue()).toBe('home')
    await sound.selectOption('no')
    await panel.page.getByText('Saved').last().waitFor()
    await expect.poll(() => sound.inputValue()).toBe('no')
  })
})

describe('who answers', () => {
  const answer = (word: string) => panel.page.locator('dt', { hasText: word }).locator('xpath=following-sibling::dd[1]')

  test('follows the form: word by word, also what nobody listens for, and refuses a word of two', async () => {
    await open('/ai')
    await expect.poll(() => answer('hey_jarvis').textContent()).toBe('Mynah')
    await expect.poll(() => answer('alexa').textContent()).toBe('Mynah')
    await expect.poll(() => answer('小智小智').textContent()).toContain('no speaker is set to listen for it')
    await panel.page.getByLabel('Wake words').last().fill('小智小智, alexa')
    await expect.poll(() => answer('alexa').textContent()).toBe('小智')
    await panel.page.getByLabel('Wake words').last().fill('Hey Jarvis')
    await panel.page.getByRole('alert').filter({ hasText: 'Hey Jarvis' }).waitFor()
  })
})

test('an AI setting that is typed while another is saved stays, and one that somebody else changed is shown', async () => {
  await open('/ai')
  const persona = panel.page.getByLabel('Wake words').last()
  const save = panel.page.getByRole('button', { name: 'Save', exact: true })
  const version = () => panel.cloud.state.ai.get('h-home')?.version ?? 0
  const before = version()
  await persona.fill('alexa')
  const answerPut = await heldPut(panel.page)
  await save.click()
  await persona.fill('alexa, computer')
  answerPut()
  await expect.poll(version).toBe(before + 1)
  await panel.page.getByText('Saved').last().waitFor()
  expect(await persona.inputValue()).toBe('alexa, computer')
  const settings = panel.cloud.state.ai.get('h-home')
  if (!settings) throw new Error('the fake has no such home')
  panel.cloud.state.ai.set('h-home', { ...settings, version: before + 5 })
  await save.click()
  await expect.poll(() => persona.inputValue()).toBe('alexa')
  expect(version()).toBe(before + 5)
})

test('System tells which engine of a home fails, beside the parts of the cloud', async () => {
  await open('/system')
  const row = panel.page.locator('.list-row', { hasText: 'Speech recognition' })
  await row.getByText('Fails').waitFor()
  await row.getByText('it was refused').waitFor()
  await panel.page.getByText('The cloud works, an engine of a home does not').waitFor()
})

test('the chart under System counts conversations, and says what a bar is', async () => {
  const answered = panel.page.waitForResponse(/\/api\/metrics\/turns/)
  await open('/system')
  const { series } = v.parse(metricsSchema, await (await answered).json())
  const card = panel.page.locator('.card', { hasText: 'Conversations over time' })
  await card.getByText('Each bar: 1 hr').waitFor()
  // The legend tells the latest bar.
  const legend = card.locator('.u-series', { hasText: 'Conversations' }).locator('.u-value')
  await expect.poll(() => legend.textContent()).toBe(String(series.at(-1)?.turns))
})
