import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Browser, createApiFixture } from '../api/api-fixture.ts'
import { openLive } from './open-live.ts'

let fixture: ReturnType<typeof createApiFixture>
let live: Awaited<ReturnType<typeof openLive>>
let admin: Browser
let homeId: string
beforeEach(async () => {
  fixture = createApiFixture()
  const made = await fixture.setUp()
  admin = made.admin
  homeId = made.homeId
  fixture.enrol('kitchen', homeId)
  live = await openLive(fixture.api)
})
afterEach(async () => {
  await live.close()
  await fixture.close()
})

const refusedModel = { stage: 'llm', code: 'refused' } as const
const fail = (of = homeId) => fixture.addTurn({ homeId: of, failure: refusedModel, timings: { stt_final: 40 } })
const work = () => fixture.addTurn({ homeId, timings: { llm_first_token: 300, tts_first_audio: 90 } })
/** The alerts that this browser was told, up to a report that comes after all of them. */
const toldTo = async (browser: Awaited<ReturnType<typeof live.join>>, deviceId = 'kitchen') => {
  fixture.report(deviceId, { volume: 77 })
  const isLast = () => browser.messages.some((message) => message.type === 'status_update')
  while (!isLast()) await new Promise((resolve) => setImmediate(resolve))
  return browser.messages.filter((message) => message.type === 'alert')
}

describe('an engine that fails in a turn', () => {
  test('is told once for all its turns, and once more when it works again', async () => {
    const browser = await live.join(admin)
    fail()
    fail()
    // A turn that a skill answers says nothing of the model.
    fixture.addTurn({ homeId, timings: { stt_final: 40, tts_first_audio: 80 } })
    fail()
    work()
    work()
    expect(await toldTo(browser)).toMatchObject([
      {
        home_id: homeId,
        device_id: 'kitchen',
        kind: 'provider_failed',
        state: 'raised',
        severity: 'warning',
        detail: refusedModel,
      },
      { kind: 'provider_failed', state: 'cleared', severity: 'info', detail: refusedModel },
    ])
  })

  test('stands in the list for who comes later, until it works', async () => {
    expect((await admin.call('listAlerts', {})).items).toEqual([])
    fail()
    fixture.addTurn({ homeId, failure: { stage: 'stt', code: 'timeout' } })
    const at = fixture.clock.wallTime().toISOString()
    const alert = { kind: 'provider_failed', home_id: homeId, device_id: 'kitchen', at }
    expect((await admin.call('listAlerts', {})).items).toEqual([
      { ...alert, ...refusedModel },
      { ...alert, stage: 'stt', code: 'timeout' },
    ])
    work()
    expect((await admin.call('listAlerts', {})).items.map(({ stage }) => stage)).toEqual(['stt'])
  })

  test('is no longer told of when the home chooses another engine', async () => {
    const browser = await live.join(admin)
    fail()
    await admin.call('setAiSettings', { params: { home_id: homeId }, body: { personas: [] } })
    expect((await admin.call('listAlerts', {})).items).toHaveLength(1)
    await admin.call('setAiSettings', { params: { home_id: homeId }, body: { llm: { type: 'none' } } })
    expect((await admin.call('listAlerts', {})).items).toEqual([])
    expect((await toldTo(browser)).map(({ state }) => state)).toEqual(['raised', 'cleared'])
  })

  test('is a matter of its home alone', async () => {
    const other = await admin.call('createHome', { body: { name: 'Elsewhere' } })
    const stranger = await fixture.invite(admin, other.home_id, 'viewer', 'sam')
    fixture.enrol('elsewhere', other.home_id)
    const browser = await live.join(stranger)
    fail()
    expect((await stranger.call('listAlerts', {})).items).toEqual([])
    expect(await toldTo(browser, 'elsewhere')).toEqual([])
    const viewer = await fixture.invite(admin, homeId, 'viewer', 'vera')
    expect((await viewer.call('listAlerts', {})).items).toHaveLength(1)
  })

  test('says nothing of what is no engine', async () => {
    const browser = await live.join(admin)
    fixture.addTurn({ homeId, failure: { stage: 'link', code: 'link_lost' } })
    fixture.addTurn({ homeId, failure: { stage: 'audio', code: 'plane_crashed' } })
    expect(await toldTo(browser)).toEqual([])
  })
})

describe('a voice that fails in an announcement', () => {
  const announce = () =>
    admin.call('announce', { params: { home_id: homeId }, body: { text: 'Dinner', target: { type: 'all' } } })
  /** The speaker fetches what it was told to play last. */
  const fetchSound = async () => {
    const play = fixture.memory.sent.findLast(({ kind }) => kind === 'play')
    const url = play?.kind === 'play' && play.message.source.type === 'url' ? play.message.source.url : ''
    const redeemed = fixture.oneTimeAudio.redeem(url.split('/').at(-1) ?? '')
    if (redeemed.type !== 'sound') throw new Error(redeemed.type)
    for await (const { samples } of redeemed.synthesize(new AbortController().signal))
      expect(samples.length).toBeGreaterThan(0)
  }
  const unavailable = { stage: 'tts', code: 'unavailable' } as const

  test('is told as in a turn, and over as soon as it speaks again, in a turn or in an announcement', async () => {
    const browser = await live.join(admin)
    fixture.connect('kitchen')
    const listed = async () => (await admin.call('listAlerts', {})).items
    const inTurn = async () => void work()
    const inAnnouncement = async () => {
      await announce()
      await fetchSound()
    }
    for (const speaksAgain of [inTurn, inAnnouncement]) {
      fixture.voice.failsWith = 'unavailable'
      await announce()
      expect(await listed()).toEqual([])
      await expect(fetchSound()).rejects.toMatchObject(unavailable)
      expect(await listed()).toMatchObject([{ home_id: homeId, device_id: 'kitchen', ...unavailable }])
      fixture.voice.failsWith = undefined
      await speaksAgain()
      expect(await listed()).toEqual([])
    }
    fixture.report('kitchen', { volume: 77 })
    const alerts = () => browser.messages.filter((message) => message.type === 'alert')
    await expect
      .poll(() => alerts().map(({ kind, state }) => [kind, state]))
      .toEqual([
        ['provider_failed', 'raised'],
        ['provider_failed', 'cleared'],
        ['provider_failed', 'raised'],
        ['provider_failed', 'cleared'],
      ])
  })

  test('does not clear what is said of the other engines', async () => {
    fixture.connect('kitchen')
    fail()
    await announce()
    await fetchSound()
    expect((await admin.call('listAlerts', {})).items).toMatchObject([refusedModel])
  })
})
