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
  /** In front of a cloud where nothing is yet. */
  readonly isEmpty?: true
  /** What the cloud does before the page is opened. */
  readonly before?: (page: Page, cloud: FakeCloud) => unknown
  /** Looked at while it is still loading. */
  readonly isLoading?: true
  /** For people alone: nothing in it is of another kind than elsewhere. */
  readonly isPictureOnly?: true
  readonly act?: (page: Page) => Promise<unknown>
}

export const sights: readonly Sight[] = [
  { name: 'setup', path: '/setup/setup-token-0123456789', isPublic: true },
  { name: 'login', path: '/', isPublic: true },
  { name: 'invite', path: '/invite/invitation-token-01', isPublic: true },
  {
    name: 'invite-expired',
    path: '/invite/invitation-token-01',
    isPublic: true,
    before: (_page, { state }) => void state.refuseNext.set('checkInvitation', { status: 410, code: 'link_expired' }),
  },
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
  {
    name: 'doctor',
    path: '/speakers/kitchen',
    act: async (page) => {
      await page.locator('button:has(svg.lucide-stethoscope)').click()
      await page.locator('dialog .findings').waitFor()
    },
  },
  {
    name: 'record-word',
    path: '/speakers/kitchen',
    before: (_page, { state }) => void state.nextQualities.splice(0, Infinity, 'good', 'not_alike'),
    act: async (page) => {
      await page.locator('.card button:has(svg.lucide-mic)').click()
      await page.locator('dialog input').fill('hello mynah')
      await page.locator('dialog .button-primary').click()
      await page.locator('dialog .findings li').waitFor()
      await page.locator('dialog .button-primary').click()
      await page.locator('dialog .findings li').nth(1).waitFor()
    },
  },
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
  {
    name: 'conversation',
    path: '/conversations/turn000000000000000003',
    act: (page) => page.locator('details summary').click(),
  },
  {
    name: 'announce',
    path: '/announce',
    act: async (page) => {
      await page.locator('textarea').fill('Dinner is ready')
      await page.locator('form .button-primary').click()
      await page.locator('.list').waitFor()
    },
  },
  {
    name: 'login-over',
    path: '/announce',
    act: async (page) => {
      const problem = { type: 'about:blank', title: '', status: 401, detail: '', code: 'unauthenticated' }
      await page.route('**/api/**', (route) => route.fulfill({ status: 401, json: problem }))
      await page.locator('textarea').fill('Dinner is ready')
      await page.locator('form .button-primary').click()
      await page.locator('.entry-again').waitFor()
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
  { name: 'problems', path: '/problems' },
  { name: 'empty-problems', path: '/problems', isEmpty: true },
  { name: 'audit', path: '/audit' },
  { name: 'system', path: '/system', act: (page) => page.locator('.uplot canvas').first().waitFor() },
  { name: 'firmware', path: '/system/firmware', act: (page) => page.locator('.release').first().waitFor() },
  { name: 'account', path: '/account' },
  { name: 'more', path: '/alarms', onlyOn: 'phone', act: (page) => page.locator('.bottom-nav button').click() },
  { name: 'viewer-speaker', path: '/speakers/kitchen', as: 'vera' },
  { name: 'viewer-announce', path: '/announce', as: 'vera' },
  {
    name: 'alarm-new',
    path: '/alarms',
    act: async (page) => {
      await page.locator('.card-head button').click()
      await page.locator('dialog .segment').nth(5).click()
    },
  },
  { name: 'alarm-edit', path: '/alarms', act: (page) => page.locator('.list-row button').nth(4).click() },
  {
    name: 'part-offline',
    isPictureOnly: true,
    path: '/speakers/garage',
    act: (page) => page.locator('.button-danger').last().click(),
  },
  { name: 'missing', path: '/nothing' },
  { name: 'missing-outside', isPictureOnly: true, path: '/nothing', isPublic: true },
  {
    name: 'alert',
    path: '/',
    before: (page, { state }) => {
      const seen = { kind: 'provider_failed', device_id: 'kitchen', at: state.at(0) }
      const items = [{ ...seen, home_id: 'h-home', stage: 'llm', code: 'unavailable' }]
      return page.route('**/api/alerts', (route) => route.fulfill({ json: { items } }))
    },
    act: (page) => page.locator('.banner').waitFor(),
  },
  { name: 'empty-speakers', path: '/', isEmpty: true },
  { name: 'empty-conversations', isPictureOnly: true, path: '/conversations', isEmpty: true },
  { name: 'empty-alarms', isPictureOnly: true, path: '/alarms', isEmpty: true },
  { name: 'empty-system', isPictureOnly: true, path: '/system', isEmpty: true },
  {
    name: 'failed-conversations',
    path: '/conversations',
    before: (_page, { state }) => void state.refuseNext.set('listTurns', { status: 503, code: 'unavailable' }),
  },
  {
    name: 'loading-conversations',
    isPictureOnly: true,
    path: '/conversations',
    isLoading: true,
    // Never answered: the page goes before.
    before: (page) => page.route('**/api/turns?*', () => {}),
  },
  {
    name: 'away',
    isPictureOnly: true,
    path: '/',
    act: async (page) => {
      await page.context().setOffline(true)
      await page.locator('.banner').waitFor()
    },
    before: (page) => page.routeWebSocket('**/ws*', (socket) => void socket.close()),
  },
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

/**
 * Opens sights one after another, in one context (login, cached files) for each person who looks at each cloud. `watch` sees the page
 * before anything is loaded. The page is the caller's to close.
 */
export const createVisitor = (
  newContext: () => Promise<BrowserContext>,
  clouds: { readonly lived: FakeCloud; readonly empty: FakeCloud },
) => {
  const contexts = new Map<string, BrowserContext>()
  const contextOf = async (cloud: FakeCloud, login: string | undefined) => {
    const key = `${cloud.url} ${login}`
    const known = contexts.get(key)
    if (known) return known
    const context = await newContext()
    contexts.set(key, context)
    if (login !== undefined) await signIn(await context.newPage(), cloud, login)
    return context
  }
  const visit = async (sight: Sight, watch: (page: Page) => void = () => {}): Promise<Page> => {
    const cloud = sight.isEmpty ? clouds.empty : clouds.lived
    const context = await contextOf(cloud, sight.isPublic ? undefined : (sight.as ?? 'ada'))
    await context.setOffline(false)
    const page = await context.newPage()
    watch(page)
    await see(page, cloud, sight)
    return page
  }
  const close = async () => {
    for (const context of contexts.values()) await context.close()
  }
  return { visit, close }
}

/** Opens a sight and waits until nothing is loading, or until something is. */
const see = async (page: Page, cloud: FakeCloud, { path, act, before, isLoading }: Sight): Promise<void> => {
  await before?.(page, cloud)
  await page.goto(`${cloud.url}${path}`)
  await page.locator('h1').waitFor()
  await page
    .locator('.skeleton')
    .first()
    .waitFor({ state: isLoading ? 'attached' : 'detached' })
  await act?.(page)
}
