import { once } from 'node:events'
import { createServer } from 'node:http'
import { isBrowserId, talkCloseCodes } from '@mynah/shared/api/talk.ts'
import { silentLog } from '@mynah/shared/log/log.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Principal } from '../../src/auth/principals.ts'
import { createTickets } from '../../src/live/tickets.ts'
import { browserIdOf } from '../../src/talk/browser-id.ts'
import { attachTalkSocket, type TalkPermit } from '../../src/talk/talk-socket.ts'
import { type Browser, createApiFixture } from '../api/api-fixture.ts'
import { openTalk } from './talk-client.ts'

let fixture: ReturnType<typeof createApiFixture>
let server: ReturnType<typeof createServer>
let detach: () => void
let url: string
let admin: Browser
let homeId: string
/** The session ids and speakers of every wake that browsers published. */
let woken: { readonly deviceId: string; readonly message: { readonly session_id: string } }[]

beforeEach(async () => {
  fixture = createApiFixture()
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  detach = fixture.api.attach(server, { refuseOthers: true })
  const made = await fixture.setUp()
  admin = made.admin
  homeId = made.homeId
  woken = []
  fixture.broker.onMessage((incoming) => {
    if (incoming.kind === 'wake') woken.push(incoming)
  })
})
afterEach(async () => {
  detach()
  server.closeAllConnections()
  server.close()
  await fixture.close()
})

const ticketFor = async (browser: Browser, home = homeId) =>
  (await browser.call('createTalkTicket', { params: { home_id: home } })).ticket
const talkAs = async (browser: Browser) => openTalk(url, await ticketFor(browser))
const typed = { type: 'start', language: 'en', text: 'what time is it', up: 'pcm', down: 'pcm' } as const
const spoken = { type: 'start', language: 'en', up: 'opus', down: 'opus' } as const
const settled = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setImmediate(resolve))
}

describe('the ticket for talking', () => {
  test('is given to admins and members of the home and to nobody else', async () => {
    const member = await fixture.invite(admin, homeId, 'member', 'mia')
    const viewer = await fixture.invite(admin, homeId, 'viewer', 'vera')
    const other = await admin.call('createHome', { body: { name: 'Elsewhere' } })
    const stranger = await fixture.invite(admin, other.home_id, 'admin', 'sam')
    const params = { home_id: homeId }
    expect(await admin.refusal('createTalkTicket', { params })).toBe('ok')
    expect(await member.refusal('createTalkTicket', { params })).toBe('ok')
    expect(await viewer.refusal('createTalkTicket', { params })).toBe('forbidden')
    expect(await stranger.refusal('createTalkTicket', { params })).toBe('not_found')
    expect(await fixture.browser().refusal('createTalkTicket', { params })).toBe('unauthenticated')
  })

  test('is not given to an API token: a person talks', async () => {
    const { token } = await admin.call('createApiToken', { body: { name: 'board', scopes: ['turns:write'] } })
    const board = fixture.browser()
    board.kept.token = token
    expect(await board.refusal('createTalkTicket', { params: { home_id: homeId } })).toBe('scope_missing')
  })

  test('opens one connection, within thirty seconds', async () => {
    const ticket = await ticketFor(admin)
    expect((await openTalk(url, ticket)).opened).toBe(101)
    expect((await openTalk(url, ticket)).opened).toBe(401)
    const old = await ticketFor(admin)
    await fixture.clock.advance(31_000)
    expect((await openTalk(url, old)).opened).toBe(401)
  })

  test('is nothing else: no access token, no ticket for live events, and none of these opens those', async () => {
    const live = await admin.call('createLiveTicket', {})
    expect((await openTalk(url, '')).opened).toBe(401)
    expect((await openTalk(url, admin.kept.token ?? '')).opened).toBe(401)
    expect((await openTalk(url, live.ticket)).opened).toBe(401)
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?ticket=${await ticketFor(admin)}`)
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(401)
    socket.terminate()
  })

  test('is worth nothing once its holder may only look', async () => {
    const member = await fixture.invite(admin, homeId, 'member', 'mia')
    const ticket = await ticketFor(member)
    const { person_id } = await member.call('getMe', {})
    await admin.call('updateMember', { params: { home_id: homeId, person_id }, body: { role: 'viewer' } })
    expect((await openTalk(url, ticket)).opened).toBe(401)
  })

  test('guessed thirty times shuts its address out for a while', async () => {
    for (let guess = 0; guess < 30; guess++) expect((await openTalk(url, `guess-${guess}`)).opened).toBe(401)
    expect((await openTalk(url, await ticketFor(admin))).opened).toBe(429)
  })
})

describe('a talk connection', () => {
  test('ends when the login ends', async () => {
    const talk = await talkAs(admin)
    await talk.until('hello')
    await admin.call('logOutEverywhere', {})
    expect(await talk.closed).toBe(talkCloseCodes.login_ended)
  })

  test('ends when the person may talk here no more', async () => {
    const member = await fixture.invite(admin, homeId, 'member', 'mia')
    const { person_id } = await member.call('getMe', {})
    const talk = await talkAs(member)
    await talk.until('hello')
    await admin.call('updateMember', { params: { home_id: homeId, person_id }, body: { role: 'viewer' } })
    expect(await talk.closed).toBe(talkCloseCodes.not_allowed)
    await settled(() => fixture.browsers.size() === 0)
  })

  test('is refused to a person who has three in this home, until one is given up', async () => {
    const talks = [await talkAs(admin), await talkAs(admin), await talkAs(admin)]
    expect(await (await talkAs(admin)).closed).toBe(talkCloseCodes.too_many)
    const mia = await talkAs(await fixture.invite(admin, homeId, 'member', 'mia'))
    await mia.until('hello')
    talks[1]?.socket.close()
    await settled(() => fixture.browsers.size() === 3)
    await (await talkAs(admin)).until('hello')
  })

  test('ends after five minutes without a turn', async () => {
    const talk = await talkAs(admin)
    await talk.until('hello')
    let pings = 0
    talk.socket.on('ping', () => {
      pings += 1
    })
    // Each ping is answered before time goes on: it is not the silence of the network that ends it.
    for (let pulse = 1; pulse < 15; pulse++) {
      await fixture.clock.advance(20_000)
      await settled(() => pings === pulse)
      await new Promise((resolve) => server.getConnections(resolve))
    }
    await fixture.clock.advance(20_000)
    expect(await talk.closed).toBe(talkCloseCodes.idle)
  })

  test.each([
    ['no JSON', 'start'],
    ['an unknown request', JSON.stringify({ type: 'shout' })],
    ['an empty text', JSON.stringify({ ...typed, text: '  ' })],
    ['a text that is too long', JSON.stringify({ ...typed, text: 'x'.repeat(1_001) })],
    ['an unknown codec', JSON.stringify({ ...typed, up: 'mp3' })],
    ['an absurd time', JSON.stringify({ type: 'end_of_speech', silence_ms: -1 })],
  ])('ends with %s', async (_what, text) => {
    const talk = await talkAs(admin)
    await talk.until('hello')
    talk.socket.send(text)
    expect(await talk.closed).toBe(talkCloseCodes.bad_message)
    expect(woken).toEqual([])
  })

  test('ends with a message that is larger than any can be', async () => {
    const talk = await talkAs(admin)
    await talk.until('hello')
    talk.sendFrame(new Uint8Array(9 * 1_024))
    expect(await talk.closed).toBe(1_009)
  })

  test('ends with a flood of sound', async () => {
    const talk = await talkAs(admin)
    await talk.until('hello')
    for (let frame = 0; frame < 400; frame++) talk.sendFrame(new Uint8Array(40))
    expect(await talk.closed).toBe(talkCloseCodes.flood)
  })

  test('ends when its browser takes nothing of what it is told', async () => {
    const talk = await talkAs(admin)
    await talk.until('hello')
    talk.send(spoken)
    await settled(() => woken.length === 1)
    const { deviceId = '', message } = woken[0] ?? {}
    const transcript = { v: 1, session_id: message?.session_id ?? '', text: 'x'.repeat(8_000), final: false } as const
    talk.socket.pause()
    for (let told = 0; told < 4_000; told++) fixture.broker.publish(deviceId, 'transcript', transcript)
    await fixture.clock.advance(1_000)
    await settled(() => fixture.browsers.size() === 0)
    talk.socket.terminate()
  })

  test('is refused while as many browsers talk as the cloud can bear', async () => {
    const { person_id: personId } = await admin.call('getMe', {})
    const principal: Principal = {
      personId,
      login: 'ada',
      actor: 'ada',
      isSystemAdmin: true,
      homes: new Map([[homeId, 'admin']]),
      via: { type: 'login', loginId: 'l' },
    }
    const tickets = createTickets<TalkPermit>(fixture.clock)
    const small = createServer().listen(0, '127.0.0.1')
    await once(small, 'listening')
    const stop = attachTalkSocket(small, {
      clock: fixture.clock,
      log: silentLog,
      tickets,
      principals: { lookAgain: (same) => same, onForget: () => () => {} },
      browsers: fixture.browsers,
      timeZoneOf: () => undefined,
      trustProxy: false,
      limits: { maxBrowsers: 1 },
    })
    const address = small.address()
    const smallUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    const ticket = () => tickets.issue({ principal, homeId }).ticket
    const first = await openTalk(smallUrl, ticket())
    expect(first.opened).toBe(101)
    expect((await openTalk(smallUrl, ticket())).opened).toBe(503)
    stop()
    expect(await first.closed).toBe(talkCloseCodes.stopping)
    small.closeAllConnections()
    small.close()
  })

  test('takes ten turns at once and then one each two seconds, over all connections of a person', async () => {
    const talks = [await talkAs(admin), await talkAs(admin)]
    for (const talk of talks) for (let turn = 0; turn < 6; turn++) talk.send(typed)
    await settled(() => woken.length === 10)
    await Promise.race(talks.map((talk) => talk.until('refused', ({ reason }) => reason === 'too_often')))
    await fixture.clock.advance(2_000)
    talks[0]?.send(typed)
    await settled(() => woken.length === 11)
  })
})

describe('a browser that talks', () => {
  test('is a speaker of the home for the session machine, and in no list of speakers', async () => {
    const talk = await talkAs(admin)
    talk.send(typed)
    await settled(() => woken.length === 1)
    const deviceId = woken[0]?.deviceId ?? ''
    expect(isBrowserId(deviceId)).toBe(true)
    expect(woken[0]?.message).toMatchObject({ trigger: 'text', text: 'what time is it', language: 'en' })
    expect(fixture.browsers.find(deviceId)).toMatchObject({ homeId, timeZone: 'UTC', keepsSchedule: false })
    expect((await admin.call('listDevices', {})).items).toEqual([])
    expect(fixture.store.devices.list()).toEqual([])
  })

  test('is the same speaker when it comes back, and another in another home', async () => {
    const first = await talkAs(admin)
    first.send(typed)
    await settled(() => woken.length === 1)
    first.socket.close()
    await settled(() => fixture.browsers.size() === 0)
    const again = await talkAs(admin)
    again.send(typed)
    const other = await admin.call('createHome', { body: { name: 'Elsewhere' } })
    await admin.signIn('ada')
    const there = await openTalk(url, await ticketFor(admin, other.home_id))
    there.send(typed)
    await settled(() => woken.length === 3)
    const [one, two, three] = woken.map(({ deviceId }) => deviceId)
    expect(one).toBe(two)
    expect(three).not.toBe(one)
  })

  test('hears nothing that is for somebody else, and nothing of it goes over MQTT', async () => {
    const mine = await talkAs(admin)
    const other = await talkAs(admin)
    mine.send(spoken)
    await settled(() => woken.length === 1)
    const { deviceId = '', message } = woken[0] ?? {}
    const session_id = message?.session_id ?? ''
    fixture.broker.publish(deviceId, 'transcript', { v: 1, session_id: 'A'.repeat(22), text: 'not mine', final: true })
    fixture.broker.publish(deviceId, 'transcript', { v: 1, session_id, text: 'mine', final: true, command: 'may_end' })
    expect(await mine.until('transcript')).toMatchObject({ text: 'mine', final: true, command: 'may_end' })
    expect(mine.messages.map(({ type }) => type)).toEqual(['hello', 'transcript'])
    expect(other.messages.map(({ type }) => type)).toEqual(['hello'])
    expect(fixture.memory.sent.filter((sent) => isBrowserId(sent.deviceId))).toEqual([])
  })

  test('cannot be spoken for by a speaker that took its id', async () => {
    const talk = await talkAs(admin)
    talk.send(spoken)
    await settled(() => woken.length === 1)
    const { deviceId = '' } = woken[0] ?? {}
    fixture.memory.receive({
      deviceId,
      kind: 'wake',
      message: {
        v: 1,
        session_id: 'B'.repeat(22),
        trigger: 'button',
        audio: { codec: 'opus', sample_rate_hz: 16_000, frame_ms: 20 },
        pre_roll_ms: 0,
      },
    })
    expect(woken.length).toBe(1)
  })

  test('may say who is to answer and what it is called, with each turn anew', async () => {
    const talk = await talkAs(admin)
    talk.send({ ...typed, language: 'zh', persona: ' 小智 ', speaker_name: 'Laptop' })
    await settled(() => woken.length === 1)
    const deviceId = woken[0]?.deviceId ?? ''
    const described = () => {
      const { language, persona, name } = fixture.browsers.find(deviceId) ?? {}
      return { language, persona, name }
    }
    expect(described()).toEqual({ language: 'zh', persona: '小智', name: 'Laptop' })
    talk.send(typed)
    await settled(() => woken.length === 2)
    expect(described()).toEqual({ language: 'en', persona: undefined, name: undefined })
  })

  test.each([
    { persona: 'x'.repeat(51) },
    { persona: '' },
    { speaker_name: 'x'.repeat(51) },
    { speaker_name: 'two\nlines' },
    { speaker_name: 7 },
  ])('is closed for a name that is none: %o', async (named) => {
    const talk = await talkAs(admin)
    talk.send({ ...typed, ...named })
    expect(await talk.closed).toBe(talkCloseCodes.bad_message)
    expect(woken).toEqual([])
  })

  test('shows its turns live to the people of its home', async () => {
    const talk = await talkAs(admin)
    talk.send(spoken)
    await settled(() => woken.length === 1)
    const { deviceId = '', message } = woken[0] ?? {}
    const { ticket } = await admin.call('createLiveTicket', {})
    const live = new WebSocket(`${url.replace('http', 'ws')}/ws?ticket=${ticket}`)
    const heard: string[] = []
    live.on('message', (text) => heard.push(String(text)))
    await settled(() => heard.length === 1)
    const session_id = message?.session_id ?? ''
    fixture.broker.publish(deviceId, 'transcript', { v: 1, session_id, text: 'what ti', final: false })
    await settled(() => heard.length === 2)
    expect(JSON.parse(heard[1] ?? '')).toMatchObject({ type: 'session', device_id: deviceId, heard: 'what ti' })
    live.terminate()
  })

  test('is named by its person in conversations and exports, as long as that person belongs to the home', async () => {
    const mia = await fixture.invite(admin, homeId, 'member', 'mia')
    const { person_id } = await mia.call('getMe', {})
    const sessionId = fixture.addTurn({ homeId, deviceId: browserIdOf(person_id, homeId, 2), speakerName: 'Laptop' })
    fixture.addTurn({ homeId, deviceId: 'kitchen' })
    const named = async () => (await admin.call('listTurns', {})).items.map(({ talked_by }) => talked_by).sort()
    expect(await named()).toEqual(['mia', null])
    expect(await admin.call('getTurn', { params: { session_id: sessionId } })).toMatchObject({
      talked_by: 'mia',
      speaker_name: 'Laptop',
    })
    const file = new TextDecoder().decode(await admin.call('exportTurns', {}))
    expect(JSON.parse(file).turns.length).toBe(2)
    expect(file).toContain('"talked_by":"mia","speaker_name":"Laptop"')
    await admin.call('removeMember', { params: { home_id: homeId, person_id } })
    expect(await named()).toEqual([null, null])
  })

  test('learns that its session was refused, and may try again', async () => {
    const talk = await talkAs(admin)
    talk.send(spoken)
    await settled(() => woken.length === 1)
    const { deviceId = '', message } = woken[0] ?? {}
    const session_id = message?.session_id ?? ''
    fixture.broker.publish(deviceId, 'wake/ack', { v: 1, session_id, accepted: false, reason: 'busy' })
    expect(await talk.until('refused')).toMatchObject({ reason: 'busy' })
    talk.send(spoken)
    await settled(() => woken.length === 2)
  })
})
