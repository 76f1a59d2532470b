import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where the built panel is. */
export const distDir = fileURLToPath(new URL('../../admin/dist', import.meta.url))

/** The windows that pages are looked at in. */
export const desktop = { width: 1_280, height: 800 }
export const phone = { width: 390, height: 844 }

/** Debian's Chromium without a window, with a profile of its own that is gone afterwards. */
export const startBrowser = async (more: readonly string[] = []): Promise<Browser> => {
  const executablePath = candidates.find((path) => existsSync(path))
  if (!executablePath) {
    throw new Error('the tests of the panel need a browser: apt-get install chromium (Debian package "chromium")')
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}
