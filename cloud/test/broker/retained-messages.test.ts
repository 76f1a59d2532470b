import { expect, test } from 'vitest'
import { createRetainedMessages } from '../../src/broker/retained-messages.ts'

type Packet = { topic: string; payload: Buffer }
const packet = (topic: string, text: string): Packet => ({ topic, payload: Buffer.from(text) })
const textsOf = async (messages: AsyncIterable<Packet>) => {
  const texts: string[] = []
  for await (const { payload } of messages) texts.push(payload.toString())
  return texts.sort()
}
const kept = () => {
  const retained = createRetainedMessages<Packet>()
  retained.store(packet('device/a/config', 'a config'))
  retained.store(packet('device/a/schedule/state', 'a schedule'))
  retained.store(packet('device/b/config', 'b config'))
  return retained
}

test.each([
  [['device/a/config'], ['a config']],
  [['device/a/config', 'device/a/bridge'], ['a config']],
  [['device/a/#'], ['a config', 'a schedule']],
  [['device/a/+'], ['a config']],
  [['device/a/+/state'], ['a schedule']],
  [['device/a/schedule'], []],
  [['device/c/#'], []],
])('the filters %j find %j', async (filters, texts) => {
  expect(await textsOf(kept().matching(filters))).toEqual(texts)
})

test('the newest of a topic is kept, and an empty one takes it away', async () => {
  const retained = kept()
  retained.store(packet('device/a/config', 'newer'))
  expect(await textsOf(retained.matching(['device/a/config']))).toEqual(['newer'])
  retained.store(packet('device/a/config', ''))
  retained.store(packet('device/a/schedule/state', ''))
  expect(await textsOf(retained.matching(['device/a/#']))).toEqual([])
})

test('ten thousand speakers that come back at once are served one by one, not each by all', async () => {
  const retained = createRetainedMessages<Packet>()
  const speakers = Array.from({ length: 10_000 }, (_, n) => `device/s${n}`)
  for (const speaker of speakers)
    for (const kind of ['config', 'bridge']) retained.store(packet(`${speaker}/${kind}`, speaker))
  const filters = ['wake/ack', 'bridge', 'transcript', 'session', 'play', 'config', 'schedule', 'command', 'x']
  let found = 0
  // 1.8 billion comparisons, were each filter held against every message: the limit of this test would end it.
  for (const speaker of speakers) {
    for await (const one of retained.matching(filters.map((kind) => `${speaker}/${kind}`))) {
      if (one.payload.toString() === speaker) found++
    }
  }
  expect(found).toBe(20_000)
})
