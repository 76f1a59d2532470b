import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
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
        if (!name.includes(only)) continue
        const context = await browser.newContext({
          colorScheme,
          locale,
          viewport: { width, height },
          deviceScaleFactor: 1,
          reducedMotion: 'reduce',
        })
        await keepLanguage(context, locale)
        const page = await context.newPage()
        if (!sight.isPublic) await signIn(page, cloud)
        await see(page, cloud, sight)
        const path = join(folder, `${name}.png`)
        await page.waitForTimeout(200)
        await page.screenshot({ path, fullPage: true })
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
