import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { desktop, distDir, phone, startBrowser } from './browser.ts'
import { buildPanel } from './build-panel.ts'
import { createVisitor, keepLanguage, type Sight, sights } from './every-page.ts'
import { type FakeCloud, startFakeCloud } from './fake-api.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Between them the looks cover both languages, both appearances and both widths. */
const looks: readonly (readonly [string, BrowserContextOptions])[] = [
  ['light, English, desktop', { colorScheme: 'light', locale: 'en-GB', viewport: desktop }],
  ['dark, Chinese, phone', { colorScheme: 'dark', locale: 'zh-CN', viewport: phone }],
]

/** Every page in each look, or every page in one of them, the looks taking turns: half the time. */
export const describeAxe = (coverage: 'each look' | 'one look'): void => {
  describe('on every page of the panel', () => {
    let lived: FakeCloud
    let empty: FakeCloud
    let browser: Browser
    beforeAll(async () => {
      buildPanel()
      lived = await startFakeCloud({ distDir })
      empty = await startFakeCloud({ distDir, empty: true })
      browser = await startBrowser()
    })
    afterAll(async () => {
      await browser?.close()
      await lived?.close()
      await empty?.close()
    })

    for (const [turn, [name, options]] of looks.entries()) {
      test(`axe finds no serious fault, and nothing is wider than the window (${name})`, async () => {
        const faults: string[] = []
        const isShown = ({ onlyOn, isPictureOnly }: Sight) => !isPictureOnly && (!onlyOn || options.viewport === phone)
        const newContext = async () => {
          const context = await browser.newContext({ ...options, reducedMotion: 'reduce' })
          await keepLanguage(context, options.locale ?? 'en-GB')
          return context
        }
        const { visit, close } = createVisitor(newContext, { lived, empty })
        const isDue = (_: Sight, index: number) => coverage === 'each look' || index % looks.length === turn
        for (const sight of sights.filter(isShown).filter(isDue)) {
          const complaints: string[] = []
          const page = await visit(sight, (opened) => {
            opened.on('pageerror', ({ message }) => complaints.push(message))
            opened.on('console', (line) => {
              if (line.type() === 'error' && /Content Security Policy|violates/.test(line.text()))
                complaints.push(line.text())
            })
          })
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
          await page.close()
        }
        await close()
        expect(faults).toEqual([])
      }, 240_000)
    }
  })
}
