import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { patienceMs } from '../../../test/patience.ts'
import { type CloudChild, startChild } from '../cloud-child.ts'
import { desktop, startBrowser } from './browser.ts'
import { buildPanel } from './build-panel.ts'
import { password } from './fake-people.ts'

type Started = { readonly cloud: CloudChild; readonly browser: Browser; readonly page: Page }

export type PanelWithCloud = Started & {
  readonly dataDir: string
  /** `http://host:port` of the cloud. */
  readonly url: string
  /** The first account, by the one-time link; ends on the page of speakers. */
  readonly setUp: () => Promise<void>
  readonly stopCloud: () => Promise<void>
  /** The same cloud again: its folder, its address. */
  readonly startCloudAgain: () => Promise<void>
}

/**
 * The panel of a real cloud: a process, a browser and a page for all tests of a file, gone afterwards with their folder. To be called
 * once, outside of any test.
 */
export const panelWithCloud = (browserArguments: (dataDir: string) => readonly string[] = () => []): PanelWithCloud => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mynah-panel-'))
  let cloud: CloudChild | undefined
  let browser: Browser | undefined
  let page: Page | undefined
  const started = (): Started => {
    if (!cloud || !browser || !page) throw new Error('the cloud and its panel are there only while tests run')
    return { cloud, browser, page }
  }
  beforeAll(async () => {
    buildPanel()
    cloud = await startChild(dataDir, ['--audio-workers', '1'])
    browser = await startBrowser(browserArguments(dataDir))
    page = await (await browser.newContext({ locale: 'en-GB', viewport: desktop })).newPage()
    page.setDefaultTimeout(patienceMs)
  }, 120_000)
  const stopCloud = async () => {
    if (!cloud || cloud.child.exitCode !== null) return
    cloud.child.kill('SIGTERM')
    await Promise.race([cloud.exited, once(cloud.child, 'exit')])
  }
  afterAll(async () => {
    await browser?.close()
    await stopCloud()
    rmSync(dataDir, { recursive: true, force: true })
  }, 60_000)
  return {
    dataDir,
    get cloud() {
      return started().cloud
    },
    get browser() {
      return started().browser
    },
    get page() {
      return started().page
    },
    get url() {
      return started().cloud.ready.http_url
    },
    stopCloud,
    startCloudAgain: async () => {
      const { port } = new URL(started().cloud.ready.http_url)
      cloud = await startChild(dataDir, ['--audio-workers', '1', '--http-port', port])
    },
    setUp: async () => {
      const { cloud: child, page: first } = started()
      const link = child.ready.setup_url
      if (link === undefined) throw new Error('a new cloud gave no set-up link')
      await first.goto(`${child.ready.http_url}${new URL(link).pathname}`)
      await first.getByLabel('Login').fill('grace')
      await first.getByLabel('Password', { exact: true }).fill(password)
      await first.getByRole('button', { name: 'Create account' }).click()
      await first.getByText('No speakers yet').waitFor()
    },
  }
}
