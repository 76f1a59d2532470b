import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { systemClock } from '@mynah/shared/time/clock.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../../../test/eventually.ts'
import type { LiveHub } from '../../src/live/hub.ts'
import { type Door, openDoor, startInside, startProcess } from './live-door.ts'

type Started = { readonly hub: LiveHub; readonly said: readonly string[]; readonly stop: () => Promise<void> }

const pad = 'x'.repeat(8_000)
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index}`)

/** The same of both arrangements: a browser does not notice which one it is. */
describe.each([
  ['inside', startInside],
  ['in a process of its own', startProcess],
] as const)('a live hub %s', (_name, start) => {
  let started: Started
  let door: Door
  beforeAll(async () => {
    started = await start()
  })
  afterAll(async () => {
    await started.stop()
  })
  beforeEach(async () => {
    // Its end must not end the hub, which takes a second to start.
    door = await openDoor({ ...started.hub, close: async () => {} })
    door.people.set('ada', { homes: ['home'] })
    door.people.set('sam', { homes: ['elsewhere'] })
  })
  afterEach(async () => {
    await door.end()
    await eventually(() => started.hub.figures().connections === 0, 'every connection is over')
  })

  test('tells each browser what happens in its homes, in order, once', async () => {
    const [ada, sam] = [await door.join('ada'), await door.join('sam')]
    for (const text of numbers(200)) {
      door.publish(text)
      door.publish(`${text} elsewhere`, { homeId: 'elsewhere' })
    }
    await ada.until(201)
    await sam.until(201)
    expect(ada.texts()).toEqual(numbers(200))
    expect(sam.texts()).toEqual(numbers(200).map((text) => `${text} elsewhere`))
    expect(started.hub.figures().connections).toBe(2)
  })

  test('keeps what was said from who may not hear it', async () => {
    door.people.set('board', { homes: ['home'], hears: false })
    const board = await door.join('board')
    door.publish('secret', { spoken: true })
    door.publish('seen')
    await board.until(2)
    expect(board.texts()).toEqual(['seen'])
  })

  test.each([10, 200, 70_000])('sends a message of %i letters whole', async (length) => {
    const ada = await door.join('ada')
    const text = '鸟'.repeat(length)
    door.publish(text)
    await ada.until(2)
    expect(ada.texts()).toEqual([text])
  })

  test('gives back what was missed, or says that it cannot', async () => {
    const first = await door.join('ada')
    for (const text of numbers(3)) door.publish(text)
    await first.until(4)
    first.socket.terminate()
    for (const text of ['a', 'b']) door.publish(text)
    const again = await door.join('ada', first.lastId())
    door.publish('c')
    await again.until(4)
    expect(again.messages[0]).toMatchObject({ type: 'hello', resumed: true })
    expect(again.texts()).toEqual(['a', 'b', 'c'])
    expect((await door.join('ada', 'another.7')).messages[0]).toMatchObject({ type: 'hello', resumed: false })
  })

  test('tells nothing of a home from the moment in which it was left, and all of one that was joined', async () => {
    const tabs = [await door.join('ada'), await door.join('ada')]
    for (let round = 0; round < 50; round++) {
      door.publish(`at home ${round}`)
      door.people.set('ada', { homes: ['new'] })
      door.publish('too late')
      door.publish(`at the new one ${round}`, { homeId: 'new' })
      door.people.set('ada', { homes: ['home'] })
      door.publish('too late', { homeId: 'new' })
    }
    for (const tab of tabs) {
      await tab.until(101)
      expect(tab.texts()).toEqual(numbers(50).flatMap((round) => [`at home ${round}`, `at the new one ${round}`]))
    }
  })

  test('gives no share of a home to a ticket that is older than the parting', async () => {
    const ticket = door.ticketOf('ada')
    door.people.set('ada', { homes: ['elsewhere'] })
    const [ada] = [await door.join('ada')]
    expect(await door.knock(ticket)).toBe(101)
    door.publish('at home')
    door.publish('elsewhere', { homeId: 'elsewhere' })
    await ada.until(2)
    expect(ada.texts()).toEqual(['elsewhere'])
    const late = door.ticketOf('ada')
    door.people.set('ada', undefined)
    expect(await door.knock(late)).toBe(401)
  })

  test('closes every connection of a login that is over, and no other', async () => {
    const tabs = [await door.join('ada'), await door.join('ada')]
    const sam = await door.join('sam')
    door.people.set('ada', undefined)
    door.publish('too late')
    door.publish('still there', { homeId: 'elsewhere' })
    expect(await Promise.all(tabs.map(({ closed }) => closed))).toEqual([4_001, 4_001])
    expect(tabs.flatMap((tab) => tab.texts())).toEqual([])
    await sam.until(2)
    expect(sam.texts()).toEqual(['still there'])
  })

  test('hears what a browser says the moment that it is let in', async () => {
    for (let round = 0; round < 40; round++) {
      const socket = new WebSocket(`ws://127.0.0.1:${door.port}/ws?ticket=${door.ticketOf('ada')}`)
      socket.once('open', () => socket.ping(`${round}`))
      const [answer] = await once(socket, 'pong')
      expect(String(answer)).toBe(`${round}`)
      socket.terminate()
    }
  })

  test('hears what came behind the request, and answers a bad one', async () => {
    const ask = async (key: string, behind: Uint8Array) => {
      const socket = connectTcp(door.port, '127.0.0.1')
      const request = `GET /ws?ticket=${door.ticketOf('ada')} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`
      socket.write(Buffer.concat([Buffer.from(request), behind]))
      let answer = ''
      socket.setEncoding('latin1').on('data', (text) => {
        answer += text
      })
      await eventually(() => answer.includes('\x8a\x02hi') || socket.destroyed, 'an answer')
      socket.destroy()
      return answer
    }
    // A masked ping, whose mask is zero.
    const ping = Buffer.from([0x89, 0x82, 0, 0, 0, 0, 0x68, 0x69])
    expect(await ask('dGhlIHNhbXBsZSBub25jZQ==', ping)).toContain('HTTP/1.1 101')
    expect(await ask('not a key', new Uint8Array())).toContain('HTTP/1.1 400')
  })

  test('lets a browser that went before it was let in be gone', async () => {
    for (let round = 0; round < 20; round++) {
      const socket = connectTcp(door.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(
        `GET /ws?ticket=${door.ticketOf('ada')} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      )
      await once(socket, 'connect')
      if (round % 2 === 0) await systemClock.sleep(1)
      socket.resetAndDestroy()
    }
    const ada = await door.join('ada')
    door.publish('still working')
    await ada.until(2)
    expect(ada.texts()).toEqual(['still working'])
  })
})

describe.each([
  ['inside', startInside],
  ['in a process of its own', startProcess],
] as const)('a live hub %s with a browser that does not read', (_name, start) => {
  let started: Started
  let door: Door
  let published: string[]
  beforeAll(async () => {
    started = await start({ drainMs: 1_000 })
  })
  afterAll(async () => {
    await started.stop()
  })
  beforeEach(async () => {
    published = []
    door = await openDoor({ ...started.hub, close: async () => {} })
    door.people.set('ada', { homes: ['home'] })
  })
  afterEach(async () => {
    await door.end()
    await eventually(() => started.hub.figures().connections === 0, 'every connection is over')
  })
  const publish = (more = pad) => {
    published.push(`${published.length} ${more}`)
    door.publish(published.at(-1) ?? '')
  }
  const timesGivenUp = () => started.said.filter((message) => message === 'a live connection was too slow').length
  /** One browser that stops reading beside one that reads on, until it is given up. */
  const tireOne = async () => {
    const before = timesGivenUp()
    const slow = await door.join('ada')
    const healthy = await door.join('ada')
    slow.socket.pause()
    while (timesGivenUp() === before && published.length < 5_000) {
      for (let event = 0; event < 10; event++) publish()
      await healthy.until(1 + published.length)
    }
    expect(timesGivenUp()).toBe(before + 1)
    return { slow, healthy }
  }

  test('closes it as too slow, and nothing that it was sent is lost or double', async () => {
    const { slow, healthy } = await tireOne()
    for (let event = 0; event < 5; event++) publish('short')
    await healthy.until(1 + published.length)
    slow.socket.resume()
    expect(await slow.closed).toBe(4_008)
    const got = slow.texts()
    expect(got).toEqual(published.slice(0, got.length))
    expect(got.length).toBeLessThan(published.length)

    const again = await door.join('ada', slow.lastId())
    expect(again.messages[0]).toMatchObject({ type: 'hello', resumed: true })
    publish('after')
    await again.until(1 + published.length - got.length)
    expect([...got, ...again.texts()]).toEqual(published)
    // The other one has noticed nothing.
    await healthy.until(1 + published.length)
    expect(healthy.texts()).toEqual(published)
  })

  test('tells it to fetch the lists when it missed more than they hold', async () => {
    const { slow, healthy } = await tireOne()
    for (let event = 0; event < 100; event++) publish()
    await healthy.until(1 + published.length)
    slow.socket.resume()
    expect(await slow.closed).toBe(4_008)
    const again = await door.join('ada', slow.lastId())
    expect(again.messages[0]).toMatchObject({ type: 'hello', resumed: false })
    publish('after')
    await again.until(2)
    expect(again.texts()).toEqual([published.at(-1)])
  })

  test('cuts it off when it goes on not reading', async () => {
    const { slow, healthy } = await tireOne()
    await systemClock.sleep(1_500)
    slow.socket.resume()
    // The close frame was behind what it never read.
    expect(await slow.closed).toBe(1_006)
    const got = slow.texts()
    expect(got).toEqual(published.slice(0, got.length))
    expect(healthy.socket.readyState).toBe(WebSocket.OPEN)
  })
})

describe.each([
  ['inside', startInside],
  ['in a process of its own', startProcess],
] as const)('a live hub %s that ends', (_name, start) => {
  test('closes who does not answer, and says goodbye to who does', async () => {
    const { hub, stop } = await start({ pingEveryMs: 150 })
    const door = await openDoor(hub)
    door.people.set('ada', { homes: ['home'] })
    const ada = await door.join('ada')
    const deaf = await door.join('ada')
    deaf.socket.pause()
    await eventually(() => hub.figures().connections === 1, 'the one that does not answer is closed')
    expect(ada.socket.readyState).toBe(WebSocket.OPEN)
    const closing = door.close()
    expect(await ada.closed).toBe(1_001)
    await closing
    expect(hub.isReady()).toBe(false)
    await door.end()
    await stop()
  })
})
