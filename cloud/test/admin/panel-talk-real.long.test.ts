import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeWav, encodeWav } from '@mynah/shared/audio/wav.ts'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { testDataAt } from '../../../test/requirement.ts'
import { password } from './fake-people.ts'
import { panelWithCloud } from './panel-with-cloud.ts'

/** A real voice says "alexa, turn off dining room". */
const recordingPath = fileURLToPath(
  new URL('../../../../shared/data/speech-en-wake/alexa_turn_off_dining_room.wav', import.meta.url),
)

const mostTries = 3

const realVoice = testDataAt('speech-en-wake')

/** The recording between two pauses, so that the browser hears the room, then the voice, then the silence that ends it. */
const writeCapture = (path: string): void => {
  const decoded = decodeWav(readFileSync(recordingPath))
  if (!decoded.ok) throw new Error(decoded.error.message)
  const { samples, sampleRateHz } = decoded.value
  const whole = new Int16Array(samples.length + 5 * sampleRateHz)
  whole.set(samples, sampleRateHz)
  writeFileSync(path, encodeWav(whole, sampleRateHz))
}

const panel = panelWithCloud((dataDir) => {
  const capturePath = join(dataDir, 'capture.wav')
  if (existsSync(recordingPath)) writeCapture(capturePath)
  return [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${capturePath}%noloop`,
    // A name instead of localhost: to the browser a page without TLS, as in most homes.
    '--host-resolver-rules=MAP mynah.test 127.0.0.1',
  ]
})

describe('the Talk page with the real cloud', () => {
  const starts: unknown[] = []
  const watchStarts = (watched: Page) =>
    watched.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        if (typeof payload === 'string' && payload.includes('"start"')) starts.push(JSON.parse(payload))
      }),
    )

  beforeAll(async () => {
    watchStarts(panel.page)
    await panel.setUp()
    await panel.page.getByRole('link', { name: 'Talk' }).first().click()
  }, 60_000)

  const answered = async (count: number) => {
    await panel.page.locator('.bubble-reply').nth(count).waitFor()
    await panel.page.locator('.talk-phase', { hasText: 'Ready' }).waitFor()
    await panel.page.locator('.waterfall').waitFor()
  }

  test('types, hears the whole answer, and shows where the time went', async () => {
    await panel.page.getByLabel('Type what you would say').fill('what is two plus three')
    await panel.page.getByRole('button', { name: 'Send' }).click()
    await answered(0)
    await expect.poll(() => panel.page.locator('.bubble-reply').textContent()).toMatch(/five/i)
    await expect.poll(() => panel.page.getByRole('alert').textContent()).toBe('')
    expect(starts.at(-1)).toMatchObject({ text: 'what is two plus three', down: 'opus' })
  })

  test.skipIf(!realVoice.isMet)(
    realVoice.naming('listens to a real voice, ends by itself, and finds the turn under Conversations as completed'),
    async () => {
      const heard: string[] = []
      // On a machine that is full a browser may lose some of the sound: who is not understood says it again.
      while (heard.length < mostTries && !/turn off/.test(heard.at(-1) ?? '')) {
        await panel.page.getByRole('button', { name: 'Talk', exact: true }).click()
        await panel.page.locator('.talk-phase', { hasText: 'Listening' }).waitFor()
        await panel.page.locator('.bubble-unsure', { hasText: /[a-z]{3}/ }).waitFor()
        await answered(1 + heard.length)
        heard.push(
          (await panel.page
            .locator('.bubble:not(.bubble-reply)')
            .nth(1 + heard.length)
            .textContent()) ?? '',
        )
      }
      expect(starts.at(-1)).toMatchObject({ up: 'opus', down: 'opus' })
      expect(heard.at(-1), heard.join(' | ')).toMatch(/turn off/)
      await panel.page.getByRole('link', { name: 'This turn under Conversations' }).click()
      await panel.page.getByText('Talk page (grace)').waitFor()
      await panel.page.getByText('Completed').first().waitFor()
    },
    60_000,
  )

  test('answers what is typed also where the page came without TLS, in plain samples', async () => {
    const plain = await (await panel.browser.newContext({ locale: 'en-GB' })).newPage()
    plain.setDefaultTimeout(15_000)
    watchStarts(plain)
    await plain.goto(`http://mynah.test:${new URL(panel.url).port}/talk`)
    await plain.getByLabel('Login').fill('grace')
    await plain.getByLabel('Password').fill(password)
    await plain.getByRole('button', { name: 'Log in' }).click()
    await plain.getByRole('alert').getByText('over https').waitFor()
    await plain.getByLabel('Type what you would say').fill('what is two plus two')
    await plain.getByRole('button', { name: 'Send' }).click()
    await plain.locator('.bubble-reply', { hasText: /four/i }).waitFor()
    await plain.locator('.waterfall').waitFor()
    expect(starts.at(-1)).toMatchObject({ down: 'pcm' })
    await plain.context().close()
  })
})
