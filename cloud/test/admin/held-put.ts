import type { Page } from 'playwright-core'
import { createDeferred } from '../../src/bridge/plane/deferred.ts'

/** The next change that the page sends waits until the function that comes back is called: so long somebody may go on typing. */
export const heldPut = async (page: Page): Promise<() => void> => {
  const held = createDeferred<void>()
  let isNext = true
  await page.route('**/api/**', async (route) => {
    if (isNext && route.request().method() === 'PUT') {
      isNext = false
      await held.promise
    }
    await route.fallback()
  })
  return () => held.resolve(undefined)
}
