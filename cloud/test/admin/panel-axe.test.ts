import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { distDir, startBrowser } from './browser.ts'
import { buildPanel } from './build-panel.ts'
import { keepLanguage, see, sights, signIn } from './every-page.ts'
import { type FakeCloud, startFakeCloud } from './fake-api.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const phone = { width: 390, height: 844 }
const desktop = { width: 1_280, height: 800 }

/** Between them the looks cover both languages, both appearances and both widths. */
const looks: readonly (readonly [string, BrowserContextOptions])[] = [
  ['light, English, desktop', { colorScheme: 'light', locale: 'en-GB', viewport: desktop }],
  ['dark, Chinese, phone', { colorScheme: 'dark', locale: 'zh-CN', viewport: phone }],
]

describe('on every page of the panel', () => {
  let cloud: FakeCloud
  let browser: Browser
  beforeAll(async () => {
    buildPanel()
    cloud = await startFakeCloud({ distDir })
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await cloud?.close()
  })

  for (const [name, options] of looks) {
    test(`axe finds no serious fault, and nothing is wider than the window (${name})`, async () => {
      const faults: string[] = []
      for (const sight of sights.filter(({ onlyOn }) => onlyOn === undefined || options.viewport === phone)) {
        const context = await browser.newContext({ ...options, reducedMotion: 'reduce' })
        await keepLanguage(context, options.locale ?? 'en-GB')
        const page = await context.newPage()
        const complaints: string[] = []
        page.on('pageerror', ({ message }) => complaints.push(message))
        page.on('console', (line) => {
          if (line.type() === 'error' && /Content Security Policy|violates/.test(line.text()))
            complaints.push(line.text())
        })
        if (!sight.isPublic) await signIn(page, cloud, sight.as)
        await see(page, cloud, sight)
        // By the debugger, not as a script tag: the page's own policy would refuse that.
        await page.evaluate(axeSource)
        const results = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as AxeResults
        for (const { impact, id, nodes } of results.violations) {
          if (impact === 'serious' || impact === 'critical')
            faults.push(`${sight.name}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
        }
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        if (Number(overflow) > 0) faults.push(`${sight.name}: ${overflow} px wider than the window`)
        faults.push(...complaints.map((text) => `${sight.name}: ${text}`))
        await context.close()
      }
      expect(faults).toEqual([])
    }, 240_000)
  }
})
