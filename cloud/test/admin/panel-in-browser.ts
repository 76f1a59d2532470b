import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { patienceMs } from '../../../test/patience.ts'
import { desktop, distDir, startBrowser } from './browser.ts'
import { buildPanel } from './build-panel.ts'
import { keepLanguage } from './every-page.ts'
import { type FakeCloud, startFakeCloud } from './fake-api.ts'
import type { FakeOptions } from './fake-state.ts'

type Opened = { readonly cloud: FakeCloud; readonly context: BrowserContext; readonly page: Page }

export type PanelInBrowser = Opened & {
  readonly browser: Browser
  /** One more page beside the test's own, that looks otherwise, in the language of its locale whatever the account says. */
  readonly openPage: (look: BrowserContextOptions) => Promise<Page>
}

type PanelOptions = {
  readonly look?: BrowserContextOptions
  readonly cloud?: Omit<FakeOptions, 'startMs'>
  /** For the browser itself. */
  readonly browserArguments?: readonly string[]
}

/**
 * The panel as it was built, before the tests of a file: one browser for all of them, and for each a page of its own in front of a
 * small cloud of its own. To be called once, outside of any test; English on a desktop unless `look` says otherwise.
 */
export const panelInBrowser = ({ look = {}, cloud = {}, browserArguments = [] }: PanelOptions = {}): PanelInBrowser => {
  let browser: Browser | undefined
  let opened: Opened | undefined
  let more: readonly BrowserContext[] = []

  const started = (): Browser => {
    if (!browser) throw new Error('the browser is there only while tests run')
    return browser
  }
  const now = (): Opened => {
    if (!opened) throw new Error('the panel is open only inside of a test')
    return opened
  }
  const openContext = async (options: BrowserContextOptions) => {
    const whole = { locale: 'en-GB', viewport: desktop, ...options }
    return { context: await started().newContext(whole), locale: whole.locale }
  }
  const pageOf = async (context: BrowserContext) => {
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    return page
  }

  beforeAll(async () => {
    buildPanel()
    browser = await startBrowser(browserArguments)
  }, 60_000)
  afterAll(async () => browser?.close())
  beforeEach(async () => {
    const { context } = await openContext(look)
    opened = { cloud: await startFakeCloud({ distDir, ...cloud }), context, page: await pageOf(context) }
  })
  afterEach(async () => {
    for (const context of more) await context.close()
    more = []
    await opened?.context.close()
    await opened?.cloud.close()
    opened = undefined
  })
  return {
    get browser() {
      return started()
    },
    get cloud() {
      return now().cloud
    },
    get context() {
      return now().context
    },
    get page() {
      return now().page
    },
    openPage: async (options) => {
      const { context, locale } = await openContext(options)
      more = [...more, context]
      await keepLanguage(context, locale)
      return pageOf(context)
    },
  }
}
