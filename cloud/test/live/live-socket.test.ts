import { once } from 'node:events'
import { connect } from 'node:net'
import type { LiveMessage } from '@mynah/shared/api/live.ts'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Browser, createApiFixture } from '../api/api-fixture.ts'
import { openLive } from './open-live.ts'

let fixture: ReturnType<typeof createApiFixture>
let live: Awaited<ReturnType<typeof openLive>>
let admin: Browser
let homeId: string
beforeEach(async () => {
  fixture = createApiFixture()
  live = await openLive(fixture.api)
  const made = await fixture.setUp()
  admin = made.admin
  homeId = made.homeId
  fixture.enrol('kitchen', homeId)
})
afterEach(async () => {
  await live.close()
  await fixture.close()
})

const join = (browser: Browser, after?: string) => live.join(browser, after)
const types = (messages: readonly LiveMessage[]) => messages.map(({ type }) => type)
const lastId = (messages: readonly LiveMessage[]) => {
  const last = messages.at(-1)
  return last && 'event_id' in last ? last.event_id : ''
}

/** Asks for a WebSocket as no library would, and keeps its own end of the connection open. */
const askFor = async (target: string) => {
  const socket = connect({ port: live.port(), host: '127.0.0.1', allowHalfOpen: true })
  let said = ''
  socket.on('data', (bytes) => {
    said += bytes
  })
  socket.write(`GET ${target} HTTP/1.1\r\nhost: mynah\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n`)
  await once(socket, 'end')
  return { said, socket }
}

describe('/ws', () => {
  test.each(['//', '///ws', 'http://[', '/nothing', '/../ws'])(
    'refuses what is asked for at %s, and goes on',
    async (target) => {
      const { said, socket } = await askFor(target)
      // What Node's own parser takes for no address at all is a bad request.
      expect(said).toMatch(/^HTTP\/1\.1 40[04] /)
      socket.destroy()
      expect((await join(admin)).opened).toBe(101)
    },
  )

  test('keeps no connection that was refused', async () => {
    const { said, socket } = await askFor('/ws?ticket=none')
    expect(said).toMatch(/^HTTP\/1\.1 401 /)
    // Its own end is still open: only a connection that is gone at the other end answers to that by a reset.
    socket.on('error', () => {})
    while (!socket.destroyed) {
      socket.write('x')
      await systemClock.sleep(5)
    }
  })

  test('tells what a speaker reports, as the list shows it', async () => {
    const live = await join(admin)
    await live.until(1)
    fixture.report('kitchen', { volume: 42 })
    const [, update] = await live.until(2)
    expect(update).toMatchObject({ type: 'status_update', device: { device_id: 'kitchen', online: true, volume: 42 } })
    expect((await admin.call('listDevices', {})).items[0]).toEqual(update?.type === 'status_update' && update.device)
  })

  test('tells a turn as it happens', async () => {
    fixture.report('kitchen')
    const live = await join(admin)
    const session_id = 'A'.repeat(22)
    fixture.broker.publish('kitchen', 'transcript', { v: 1, session_id, text: 'what ti', final: false })
    fixture.broker.publish('kitchen', 'transcript', { v: 1, session_id, text: 'what time is it', final: true })
    fixture.broker.publish('kitchen', 'session', { v: 1, session_id, phase: 'speaking', reply_text: 'It is noon.' })
    fixture.broker.publish('kitchen', 'session', { v: 1, session_id, phase: 'ended' })
    const messages = (await live.until(5)).filter((message) => message.type === 'session')
    expect(messages.map(({ phase, heard, reply }) => [phase, heard, reply])).toEqual([
      ['recognising', 'what ti', null],
      ['recognising', 'what time is it', null],
      ['speaking', 'what time is it', 'It is noon.'],
      ['ended', 'what time is it', 'It is noon.'],
    ])
  })

  test('tells the timers and alarms of a speaker, whoever set them', async () => {
    const live = await join(admin)
    const items = [{ item_id: 'eggs', kind: 'timer' as const, fires_at: '2026-01-01T07:00:00.000Z', label: 'Eggs' }]
    fixture.memory.receive({ deviceId: 'kitchen', kind: 'schedule/state', message: { v: 1, items } })
    fixture.memory.receive({ deviceId: 'kitchen', kind: 'schedule/state', message: { v: 1, items: [] } })
    const messages = await live.until(3)
    expect(messages.slice(1)).toMatchObject([
      { type: 'schedule_update', home_id: homeId, device_id: 'kitchen', items },
      { type: 'schedule_update', device_id: 'kitchen', items: [] },
    ])
  })

  test('raises an alert once and clears it', async () => {
    fixture.report('kitchen', { temperature_c: 60 })
    const live = await join(admin)
    for (const temperature_c of [82, 83, 78, 70]) fixture.report('kitchen', { temperature_c })
    fixture.report('kitchen', { online: false })
    const alerts = (await live.until(9)).filter((message) => message.type === 'alert')
    expect(alerts.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['hot raised', 'hot cleared', 'offline raised'])
  })

  test('shows nobody the speakers of another home', async () => {
    const other = await admin.call('createHome', { body: { name: 'Elsewhere' } })
    const stranger = await fixture.invite(admin, other.home_id, 'admin', 'sam')
    fixture.enrol('elsewhere', other.home_id)
    const live = await join(stranger)
    fixture.report('kitchen')
    fixture.report('elsewhere')
    const messages = await live.until(2)
    expect(messages.slice(1).map((message) => 'device_id' in message && message.device_id)).toEqual(['elsewhere'])
  })

  test('keeps what was said from a token that may not read turns', async () => {
    const { token } = await admin.call('createApiToken', { body: { name: 'board', scopes: ['devices:read'] } })
    const board = fixture.browser()
    board.kept.token = token
    const live = await join(board)
    fixture.broker.publish('kitchen', 'transcript', { v: 1, session_id: 'A'.repeat(22), text: 'secret', final: true })
    fixture.report('kitchen')
    expect(types(await live.until(2))).toEqual(['hello', 'status_update'])
  })

  test('goes on after a reconnect without loss or duplicates', async () => {
    const first = await join(admin)
    fixture.report('kitchen', { volume: 1 })
    await first.until(2)
    first.socket.terminate()
    for (const volume of [2, 3, 4]) fixture.report('kitchen', { volume })
    const second = await join(admin, lastId(first.messages))
    fixture.report('kitchen', { volume: 5 })
    const messages = await second.until(5)
    expect(messages[0]).toMatchObject({ type: 'hello', resumed: true })
    expect(messages.slice(1).map((message) => message.type === 'status_update' && message.device.volume)).toEqual([
      2, 3, 4, 5,
    ])
  })

  test('says so when it cannot go on where the browser was', async () => {
    const live = await join(admin, 'another.7')
    expect((await live.until(1))[0]).toMatchObject({ type: 'hello', resumed: false })
  })

  test('refuses who has no ticket, a used one or an old one', async () => {
    const { ticket } = await admin.call('createLiveTicket', {})
    expect((await live.connect('')).opened).toBe(401)
    expect((await live.connect(admin.kept.token ?? '')).opened).toBe(401)
    expect((await live.connect(ticket)).opened).toBe(101)
    expect((await live.connect(ticket)).opened).toBe(401)
    const old = await admin.call('createLiveTicket', {})
    await fixture.clock.advance(31_000)
    expect((await live.connect(old.ticket)).opened).toBe(401)
  })

  test('ends with the login', async () => {
    const live = await join(admin)
    await admin.call('logOutEverywhere', {})
    expect(await live.closed).toBe(4_001)
  })
})
