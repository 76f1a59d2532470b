import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { distDir, startBrowser } from './browser.ts'
import { keepLanguage, see, sights, signIn } from './every-page.ts'
import { startFakeCloud } from './fake-api.ts'

type Look = {
  readonly name: string
  readonly colorScheme: 'light' | 'dark'
  readonly locale: 'en-GB' | 'zh-CN'
  readonly width: number
  readonly height: number
}

const desktop = { width: 1_280, height: 800 }
const phone = { width: 390, height: 844 }
const looks: readonly Look[] = [
  { name: 'light-en', colorScheme: 'light', locale: 'en-GB', ...desktop },
  { name: 'dark-zh', colorScheme: 'dark', locale: 'zh-CN', ...desktop },
  { name: 'phone-light-zh', colorScheme: 'light', locale: 'zh-CN', ...phone },
  { name: 'phone-dark-en', colorScheme: 'dark', locale: 'en-GB', ...phone },
]

/** As if the window were as high as the page, so that what stays at its edges does not cover the middle of the picture. */
const unroll = async (page: Page): Promise<void> => {
  const size = page.viewportSize()
  if (!size) return
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'))
  await page.setViewportSize({ ...size, height: Math.max(size.height, height) })
  await page.waitForTimeout(100)
}

/** A picture of every page in every look, as `{page}.{look}.png`. `only` narrows it to names that contain it. */
export const takeScreenshots = async (folder: string, only = ''): Promise<readonly string[]> => {
  mkdirSync(folder, { recursive: true })
  const cloud = await startFakeCloud({ distDir })
  const browser = await startBrowser()
  const made: string[] = []
  try {
    for (const { name: look, colorScheme, locale, width, height } of looks) {
      for (const sight of sights) {
        const name = `${sight.name}.${look}`
        if (!name.includes(only) || (sight.onlyOn === 'phone' && width !== phone.width)) continue
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
        const page = await context.newPage()
        if (!sight.isPublic) await signIn(page, cloud, sight.as)
        await see(page, cloud, sight)
        const path = join(folder, `${name}.png`)
        await page.waitForTimeout(200)
        await unroll(page)
        await page.screenshot({ path })
        made.push(path)
        await context.close()
      }
    }
  } finally {
    await browser.close()
    await cloud.close()
  }
  return made
}
