import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { desktop, distDir, phone, startBrowser } from './browser.ts'
import { createVisitor, keepLanguage, sights } from './every-page.ts'
import { startFakeCloud } from './fake-api.ts'

type Look = {
  readonly name: string
  readonly colorScheme: 'light' | 'dark'
  readonly locale: 'en-GB' | 'zh-CN'
  readonly width: number
  readonly height: number
}

const looks: readonly Look[] = [
  { name: 'light-en', colorScheme: 'light', locale: 'en-GB', ...desktop },
  { name: 'dark-zh', colorScheme: 'dark', locale: 'zh-CN', ...desktop },
  { name: 'phone-light-zh', colorScheme: 'light', locale: 'zh-CN', ...phone },
  { name: 'phone-dark-en', colorScheme: 'dark', locale: 'en-GB', ...phone },
]

/**
 * As if the window were as high as the page, so that what stays at its edges does not cover the middle of the picture. A dialog is what
 * there is to see where one is open: it would be lost in the middle of a long page.
 */
const unroll = async (page: Page): Promise<void> => {
  if ((await page.locator('dialog[open]').count()) > 0) return
  const size = page.viewportSize()
  if (!size) return
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'))
  await page.setViewportSize({ ...size, height: Math.max(size.height, height) })
  await page.waitForTimeout(100)
}

/** A picture of every page in every look, as `{page}.{look}.png`. `only` narrows it to names that contain it. */
export const takeScreenshots = async (folder: string, only = ''): Promise<readonly string[]> => {
  mkdirSync(folder, { recursive: true })
  const [lived, empty] = await Promise.all([startFakeCloud({ distDir }), startFakeCloud({ distDir, empty: true })])
  const browser = await startBrowser()
  const made: string[] = []
  try {
    for (const { name: look, colorScheme, locale, width, height } of looks) {
      const newContext = async () => {
        const context = await browser.newContext({
          colorScheme,
          locale,
          viewport: { width, height },
          deviceScaleFactor: 1,
          // A phone has no scroll bar beside the page.
          isMobile: width === phone.width,
          reducedMotion: 'reduce',
        })
        await keepLanguage(context, locale)
        return context
      }
      const { visit, close } = createVisitor(newContext, { lived, empty })
      for (const sight of sights) {
        const name = `${sight.name}.${look}`
        if (!name.includes(only) || (sight.onlyOn === 'phone' && width !== phone.width)) continue
        const page = await visit(sight)
        const path = join(folder, `${name}.png`)
        await page.waitForTimeout(200)
        await unroll(page)
        await page.screenshot({ path })
        made.push(path)
        await page.close()
      }
      await close()
    }
  } finally {
    await browser.close()
    await Promise.all([lived.close(), empty.close()])
  }
  return made
}
