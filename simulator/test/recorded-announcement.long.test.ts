import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { levelDbfs } from '@mynah/shared/audio/pcm.ts'
import { resample } from '@mynah/shared/audio/resample.ts'
import { encodeWav } from '@mynah/shared/audio/wav.ts'
import { systemClock as clock } from '@mynah/shared/time/clock.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBrowser } from '../../cloud/test/admin/browser.ts'
import { buildPanel } from '../../cloud/test/admin/build-panel.ts'
import { sayText } from '../src/person.ts'
import { bestLikeness } from './likeness.ts'
import { type PrivateCloud, startPrivateCloud } from './private-cloud.ts'
import { startUnownedSpeaker } from './unowned-speaker.ts'

const never = new AbortController().signal
let house: PrivateCloud

beforeAll(async () => {
  buildPanel()
  house = await startPrivateCloud('voice')
}, 120_000)
afterAll(() => house?.close(), 30_000)

test('a voice recorded in the browser is heard from a speaker that was claimed by its link', async () => {
  const said = await sayText({ text: 'dinner is ready, come down to the kitchen please', language: 'en' }, never)
  if (!said.ok) throw new Error(said.error.message)
  const voicePath = join(house.folder, 'voice.wav')
  writeFileSync(voicePath, encodeWav(said.value.samples, 16_000))
  const browser = await startBrowser([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    // Again and again, from the moment the microphone is opened.
    `--use-file-for-fake-audio-capture=${voicePath}`,
  ])
  const page = await (await browser.newContext({ locale: 'en-GB' })).newPage()
  page.setDefaultTimeout(15_000)
  const { url, setupUrl } = house.cloud.ready()
  const unowned = startUnownedSpeaker({ cloudUrl: url, storeDir: join(house.folder, 'speaker'), name: 'kitchen' })
  try {
    await page.goto(`${url}${new URL(setupUrl ?? '').pathname}`)
    await page.getByLabel('Login').fill('grace')
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByText('No speakers yet').waitFor()
    await unowned.untilCode()
    await page.goto(unowned.links()[0] ?? '')
    await page.getByLabel('Name (optional)').fill('Kitchen')
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click()
    const speaker = await unowned.speaker
    await page.locator('.speaker-row', { hasText: 'Kitchen' }).locator('.wide-only', { hasText: 'Idle' }).waitFor()

    await page.getByRole('link', { name: 'Announce' }).first().click()
    await page.getByRole('radio', { name: 'My voice' }).check()
    await page.getByRole('button', { name: 'Record' }).click()
    await page.locator('.recorder[data-state=recording]').waitFor()
    await clock.sleep(5_000)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.locator('audio[src^="blob:"]').waitFor()
    const sinceMs = clock.now()
    const mark = speaker.watch.mark()
    await page.getByRole('button', { name: 'Announce' }).click()
    await page.getByText('On its way').waitFor()
    const pick = (event: { type: string; state?: string }) => (event.state === 'finished' ? event : undefined)
    await speaker.watch.expect({ what: 'end of the announcement', pick, since: mark, timeoutMs: 20_000 }, never)

    const heard = speaker.spot.recording.between(sinceMs, clock.now())
    expect(levelDbfs(heard)).toBeGreaterThan(-45)
    const voice = resample(said.value.samples, { fromHz: 16_000, toHz: 24_000 })
    // A second from the middle of what was said, compared with any place of what was heard.
    const middle = Math.floor(voice.length / 2)
    expect(bestLikeness(heard, voice.subarray(middle, middle + 24_000))).toBeGreaterThan(0.7)
    expect(bestLikeness(heard, voice.slice(middle, middle + 24_000).reverse())).toBeLessThan(0.5)
    await speaker.stop()
  } finally {
    await browser.close()
  }
}, 120_000)
