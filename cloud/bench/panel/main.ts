import { loadavg } from 'node:os'
import type { Browser, Page } from 'playwright-core'
import { distDir, startBrowser } from '../../test/admin/browser.ts'
import { signIn } from '../../test/admin/every-page.ts'
import { type FakeCloud, startFakeCloud } from '../../test/admin/fake-api.ts'
import { viewOf } from '../../test/admin/fake-state.ts'

/**
 * The live list with 1,000 speakers in a headless Chromium: jumps and scrolling while 100 speakers a second report. Tells the tasks of
 * more than 50 ms that the browser itself noticed (PerformanceObserver `longtask`, wall time: on a busy machine it counts waiting for a
 * core, too), and how long the page's thread was computing: for the longest task, and for a step. Stops by itself. Run: npm run bench:panel [-- --json]
 */
const isJson = process.argv.includes('--json')
const speakers = 1_000
const steps = 40
const stepMs = 150
const jumpPx = 23_456
const reportEveryMs = 10

/** Reports of one speaker after another until stopped. */
const report = (cloud: FakeCloud): (() => void) => {
  const all = [...cloud.state.devices.values()]
  let turn = 0
  const timer = setInterval(() => {
    const detail = all[turn % all.length]
    turn += 1
    if (!detail) return
    const device = { ...viewOf(detail), volume: turn % 101 }
    cloud.emit({ type: 'status_update', device_id: detail.device_id, home_id: detail.home_id, device })
  }, reportEveryMs)
  return () => clearInterval(timer)
}

/** Text, because it runs in the page. */
const watch = `
  window.longTasks = []
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration)
  }).observe({ type: 'longtask' })`

type Figures = {
  readonly longTasks: readonly number[]
  readonly longestComputingMs: number
  readonly computingMs: number
}

type TraceEvent = { readonly name: string; readonly pid: number; readonly tid: number; readonly tdur?: number }

/** The computing times (`tdur`, microseconds) of the tasks of the busiest thread that draws pages: that of the panel. */
const taskTimesMs = (trace: Buffer): number[] => {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: readonly TraceEvent[] }
  const threads = new Map<string, number[]>()
  const layouts = new Map<string, number>()
  for (const { name, pid, tid, tdur } of traceEvents) {
    const thread = `${pid} ${tid}`
    if (name === 'Layout') layouts.set(thread, (layouts.get(thread) ?? 0) + 1)
    if (name !== 'RunTask' || tdur === undefined) continue
    threads.set(thread, [...(threads.get(thread) ?? []), tdur / 1_000])
  }
  const [busiest = ''] = [...layouts].sort(([, one], [, other]) => other - one)[0] ?? []
  return threads.get(busiest) ?? []
}

const measure = async (browser: Browser, page: Page, step: (index: number) => Promise<void>): Promise<Figures> => {
  await page.evaluate('window.longTasks = []')
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] })
  for (let index = 0; index < steps; index++) {
    await step(index)
    await page.waitForTimeout(stepMs)
  }
  const times = taskTimesMs(await browser.stopTracing())
  const longTasks = (await page.evaluate('window.longTasks')) as number[]
  const computingMs = times.reduce((sum, timeMs) => sum + timeMs, 0) / steps
  return { longTasks, longestComputingMs: Math.max(...times), computingMs }
}

const browser = await startBrowser()
const cloud = await startFakeCloud({ distDir, extraSpeakers: speakers - 9 })
try {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1_280, height: 800 } })
  const page = await context.newPage()
  await page.addInitScript(watch)
  await signIn(page, cloud)
  await page.goto(cloud.url)
  await page.locator('.speaker-row').first().waitFor()
  const stop = report(cloud)
  const scroll = (top: number) => page.evaluate(`window.scrollTo(0, ${top})`).then(() => undefined)
  const parts = {
    resting: await measure(browser, page, async () => {}),
    jumps: await measure(browser, page, (index) => scroll((index * jumpPx) % (speakers * 60))),
    scrolling: await measure(browser, page, (index) => scroll(index * 300)),
  }
  stop()
  if (isJson) console.log(JSON.stringify(parts))
  else {
    console.log(
      `${speakers} speakers, ${1_000 / reportEveryMs} reports a second, load average ${loadavg()[0]?.toFixed(2)}`,
    )
    for (const [name, { longTasks, longestComputingMs, computingMs }] of Object.entries(parts)) {
      const longest = longTasks.length === 0 ? '' : `, longest ${Math.max(...longTasks).toFixed(0)} ms`
      const each = `computing: longest task ${longestComputingMs.toFixed(1)} ms, a step of ${stepMs} ms ${computingMs.toFixed(1)} ms`
      console.log(`${name.padEnd(10)} ${longTasks.length} tasks over 50 ms in ${steps} steps${longest}; ${each}`)
    }
  }
} finally {
  await browser.close()
  await cloud.close()
}
