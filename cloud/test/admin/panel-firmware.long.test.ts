import { newFirmwareKey, verifyManifest } from '@mynah/shared/firmware/firmware-signature.ts'
import { toDevice, topicOf } from '@mynah/shared/wire/topics.ts'
import type { MqttClient } from 'mqtt'
import * as v from 'valibot'
import { afterAll, expect, test } from 'vitest'
import { enrolAndConnect } from '../cloud-child.ts'
import { bundleOf, key } from '../firmware/bundles.ts'
import { panelWithCloud } from './panel-with-cloud.ts'

const deviceId = 'update-test'
const panel = panelWithCloud()
let speaker: MqttClient | undefined
afterAll(() => speaker?.end(true))

const upload = (bundle: Uint8Array) =>
  panel.page
    .locator('input[type=file]')
    .setInputFiles({ name: 'mynah.bundle', mimeType: 'application/octet-stream', buffer: Buffer.from(bundle) })

test('a release is refused until its key is trusted, then offered to a real speaker, which downloads it in two parts', async () => {
  const { cloud, page, dataDir, url: base } = panel
  await panel.setUp()

  const enrolled = await enrolAndConnect(cloud, dataDir, deviceId)
  speaker = enrolled.mqtt
  const offers: v.InferOutput<typeof toDevice.update>['offer'][] = []
  speaker.on('message', (_topic, message) =>
    offers.push(v.parse(toDevice.update, JSON.parse(message.toString())).offer),
  )
  await speaker.subscribeAsync(topicOf(deviceId, 'update'), { qos: 1 })
  const status = { v: 1, online: true, firmware: '0.1.0', target: 'arm64' }
  await speaker.publishAsync(topicOf(deviceId, 'status'), JSON.stringify(status), { qos: 1, retain: true })

  await page.goto(`${base}/system`)
  await page.getByRole('link', { name: 'Firmware' }).click()
  await page.getByText('No release yet').waitFor()
  const payload = Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 31) % 251)
  const bundle = bundleOf(payload, { version: '0.2.0' })
  await upload(bundle)
  await page.getByText('No trusted key has signed this bundle').first().waitFor()

  await page.getByLabel('Name', { exact: true }).fill('Release key')
  await page.getByLabel('Public key').fill(key.publicKey)
  await page.getByRole('button', { name: 'Trust this key' }).click()
  await page.getByText('The key is trusted').first().waitFor()
  await upload(bundleOf(payload, {}, newFirmwareKey().privatePem))
  await page.getByText('No trusted key has signed this bundle').first().waitFor()
  await upload(bundle)
  const release = page.locator('.release', { hasText: '0.2.0' })
  await release.getByText('Paused').waitFor()
  expect(offers.filter((offer) => offer !== null)).toEqual([])

  await page.getByLabel('Who gets 0.2.0').selectOption('all')
  await page.getByRole('button', { name: 'Offer 0.2.0' }).click()
  await release.getByText('Offered', { exact: true }).waitFor()
  await expect.poll(() => offers.at(-1)?.version).toBe('0.2.0')

  const offer = offers.at(-1)
  const bytesOf = (text = '') => new Uint8Array(Buffer.from(text, 'base64url'))
  const manifest = verifyManifest(bytesOf(offer?.manifest), bytesOf(offer?.signature), [key.publicKey])
  if (!manifest.ok) throw new Error(manifest.error.message)
  const authorization = `Bearer ${deviceId}:${enrolled.password}`
  const get = (headers: Record<string, string>) =>
    fetch(new URL(offer?.url ?? '', base), { headers: { authorization, ...headers } })
  const first = await get({ range: 'bytes=0-999999' })
  const rest = await get({ range: 'bytes=1000000-', 'if-range': first.headers.get('etag') ?? '' })
  expect([first.status, rest.status]).toEqual([206, 206])
  const whole = Buffer.concat([Buffer.from(await first.arrayBuffer()), Buffer.from(await rest.arrayBuffer())])
  expect(Buffer.compare(whole, Buffer.from(payload))).toBe(0)

  await page.getByRole('button', { name: 'Pause 0.2.0' }).click()
  await release.getByText('Paused').waitFor()
  await expect.poll(() => offers.at(-1)).toBeNull()
  expect((await get({})).status).toBe(404)
  await page.goto(`${base}/audit`)
  await page.getByRole('radio', { name: 'The cloud' }).check()
  await page.getByText('Release uploaded').first().waitFor()
}, 120_000)
