import { newNonce } from '@mynah/shared/wire/enrolment.ts'
import { standingProof, standingQuestionProof } from '@mynah/shared/wire/standing.ts'
import { toDevice, topicOf } from '@mynah/shared/wire/topics.ts'
import { connectAsync, type MqttClient } from 'mqtt'
import * as v from 'valibot'
import { afterAll, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../test/patience.ts'
import { joinWithToken } from '../cloud-child.ts'
import { password } from './fake-people.ts'
import { panelWithCloud } from './panel-with-cloud.ts'

const deviceId = 'panel-test'
type Joined = { readonly mqtt: MqttClient; readonly deviceSecret: Uint8Array; readonly mqttPassword: string }

/** Joins with the token that the panel showed, and answers to a configuration as a speaker does. */
const joinAsSpeaker = async (httpUrl: string, tokenText: string, heard: number[]): Promise<Joined> => {
  const { mqtt, deviceSecret, password: mqttPassword } = await joinWithToken(httpUrl, tokenText, deviceId)
  const say = (kind: 'status' | 'config/ack', message: object) =>
    mqtt.publish(topicOf(deviceId, kind), JSON.stringify({ v: 1, ...message }), { qos: 1, retain: kind === 'status' })
  mqtt.on('message', (_topic, payload) => {
    const config = v.parse(toDevice.config, JSON.parse(payload.toString()))
    if (config.volume !== undefined) heard.push(config.volume)
    say('config/ack', { version: config.version, applied: true })
  })
  await mqtt.subscribeAsync(topicOf(deviceId, 'config'), { qos: 1 })
  say('status', { online: true, volume: 40, muted: false, phase: 'idle', firmware: '0.1.0' })
  return { mqtt, deviceSecret, mqttPassword }
}

const panel = panelWithCloud()
let speaker: Joined | undefined
afterAll(() => speaker?.mqtt.end(true))

describe('a new admin with the real cloud', () => {
  test('sets up, claims a speaker, changes its volume, invites a viewer who can see and not change', async () => {
    const base = panel.url
    await panel.setUp()
    await panel.page.locator('.sidebar .live-state', { hasText: 'Live' }).waitFor()

    await panel.page.getByRole('button', { name: 'Add a speaker' }).click()
    await panel.page.getByLabel('Name (optional)').fill('Kitchen')
    await panel.page.getByRole('button', { name: 'Make a token' }).click()
    const token = await panel.page.locator('dialog .secret').textContent()
    await panel.page.getByRole('button', { name: 'Done' }).click()
    const heard: number[] = []
    speaker = await joinAsSpeaker(base, token ?? '', heard)
    const row = panel.page.locator('.speaker-row', { hasText: 'Kitchen' })
    await row.locator('.wide-only', { hasText: 'Idle' }).waitFor()

    await row.click()
    await panel.page.getByRole('slider', { name: 'Volume' }).focus()
    await panel.page.keyboard.press('ArrowRight')
    await expect.poll(() => heard.at(-1)).toBe(41)
    await panel.page.locator('.card', { hasText: 'Settings' }).getByText('Applied').first().waitFor()

    await panel.page.goto(`${base}/people`)
    await panel.page.getByRole('button', { name: 'Invite' }).click()
    await panel.page.getByRole('dialog').getByLabel('Role').selectOption('viewer')
    await panel.page.getByRole('button', { name: 'Make a link' }).click()
    const link = await panel.page.locator('dialog .secret').textContent()

    const visit = await panel.browser.newContext({ locale: 'en-GB' })
    const viewer = await visit.newPage()
    viewer.setDefaultTimeout(patienceMs)
    await viewer.goto(link ?? '')
    await viewer.getByLabel('Login').fill('vera')
    await viewer.getByLabel('Password', { exact: true }).fill(password)
    await viewer.getByRole('button', { name: 'Create account' }).click()
    await viewer.locator('.speaker-row', { hasText: 'Kitchen' }).click()
    await expect.poll(() => viewer.getByRole('slider', { name: 'Volume' }).isDisabled()).toBe(true)
    await expect.poll(() => viewer.getByRole('button', { name: 'Restart' }).count()).toBe(0)
    await visit.close()
  }, 120_000)

  test('parts from a speaker that is offline; the speaker is refused, and told why, when it is back', async () => {
    if (!speaker) throw new Error('no speaker has joined')
    const { mqtt, deviceSecret, mqttPassword } = speaker
    const base = panel.url
    await mqtt.publishAsync(topicOf(deviceId, 'status'), JSON.stringify({ v: 1, online: false }), {
      qos: 1,
      retain: true,
    })
    await mqtt.endAsync()
    await panel.page.goto(`${base}/speakers/${deviceId}`)
    await panel.page.getByText('The speaker is offline.', { exact: true }).waitFor()
    await panel.page.getByRole('button', { name: 'Part from this speaker' }).click()
    const question = panel.page.getByRole('dialog')
    await question.getByText('It is offline. This cloud refuses it from now on').waitFor()
    await question.getByRole('button', { name: 'Part from this speaker' }).click()
    await panel.page.locator('.toast', { hasText: 'It learns so when it is back.' }).waitFor()
    await panel.page.getByText('No speakers yet').waitFor()

    const back = connectAsync(panel.cloud.ready.mqtt_url, {
      username: deviceId,
      password: mqttPassword,
      clientId: deviceId,
      reconnectPeriod: 0,
    })
    await expect(back).rejects.toMatchObject({ code: 4 })
    const asked = { deviceId, nonce: newNonce() }
    const proof = standingQuestionProof(deviceSecret, asked)
    const answer = await fetch(`${base}/api/enrol/standing`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ v: 1, device_id: deviceId, nonce: asked.nonce, proof }),
    })
    expect(await answer.json()).toEqual({
      v: 1,
      standing: 'released',
      proof: standingProof(deviceSecret, asked, 'released'),
    })
  }, 60_000)
})
