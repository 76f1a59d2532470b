import type { BrowserContext, Page } from 'playwright-core'
import type { FakeCloud } from './fake-api.ts'
import { password } from './fake-people.ts'

/** Something to look at: a page of the panel, brought into a state. */
export type Sight = {
  readonly name: string
  readonly path: string
  readonly isPublic?: true
  /** The login of who looks; the admin when absent. */
  readonly as?: string
  /** Shown in this width only; in all when absent. */
  readonly onlyOn?: 'phone'
  readonly act?: (page: Page) => Promise<unknown>
}

export const sights: readonly Sight[] = [
  { name: 'setup', path: '/setup/setup-token-0123456789', isPublic: true },
  { name: 'login', path: '/', isPublic: true },
  { name: 'invite', path: '/invite/invitation-token-01', isPublic: true },
  { name: 'speakers', path: '/' },
  { name: 'claim', path: '/', act: (page) => page.locator('.page-head .button-primary').click() },
  {
    name: 'claim-token',
    path: '/',
    act: async (page) => {
      await page.locator('.page-head .button-primary').click()
      await page.locator('dialog .button-primary').click()
      await page.locator('dialog .qr').waitFor()
    },
  },
  { name: 'speaker', path: '/speakers/kitchen' },
  { name: 'speaker-pending', path: '/speakers/bedroom' },
  { name: 'talk', path: '/talk' },
  {
    name: 'talk-answered',
    path: '/talk',
    act: async (page) => {
      await page.locator('.talk-form input').fill('What time is it?')
      await page.locator('.talk-form button').click()
      await page.locator('.waterfall').waitFor()
    },
  },
  { name: 'conversations', path: '/conversations' },
  { name: 'conversation', path: '/conversations/turn000000000000000003' },
  {
    name: 'announce',
    path: '/announce',
    act: async (page) => {
      await page.locator('textarea').fill('Dinner is ready')
      await page.locator('form .button-primary').click()
      await page.locator('.list').waitFor()
    },
  },
  { name: 'alarms', path: '/alarms' },
  { name: 'people', path: '/people' },
  {
    name: 'ai',
    path: '/ai',
    act: async (page) => {
      await page.locator('details summary').first().click()
      await page.locator('details[open] button').first().click()
      await page.locator('.notice').waitFor()
    },
  },
  { name: 'audit', path: '/audit' },
  { name: 'system', path: '/system', act: (page) => page.locator('.uplot canvas').first().waitFor() },
  { name: 'firmware', path: '/system/firmware', act: (page) => page.locator('.release').first().waitFor() },
  { name: 'account', path: '/account' },
  { name: 'more', path: '/alarms', onlyOn: 'phone', act: (page) => page.locator('.bottom-nav button').click() },
  { name: 'viewer-speaker', path: '/speakers/kitchen', as: 'vera' },
  { name: 'viewer-announce', path: '/announce', as: 'vera' },
]

/** Signs in by the API, so that the browser has the cookie. */
export const signIn = async (page: Page, cloud: FakeCloud, login = 'ada'): Promise<void> => {
  const answer = await page.request.post(`${cloud.url}/api/login`, {
    headers: { 'x-mynah-request': '1' },
    data: { login, password, ...(login === 'wei' ? { totp: '123456' } : {}) },
  })
  if (!answer.ok()) throw new Error(`login of ${login} was refused: ${answer.status()}`)
}

/** As if the language of the browser had been chosen in the panel: an account's own language would win otherwise. */
export const keepLanguage = (context: BrowserContext, locale: string): Promise<unknown> =>
  context.addInitScript(`localStorage.setItem('mynah.language', '${locale.slice(0, 2)}')`)

/** Opens a sight and waits until nothing is loading. */
export const see = async (page: Page, cloud: FakeCloud, { path, act }: Sight): Promise<void> => {
  await page.goto(`${cloud.url}${path}`)
  await page.locator('h1').waitFor()
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  await act?.(page)
}
