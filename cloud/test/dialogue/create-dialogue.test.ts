import { describe, expect, it } from 'vitest'
import { startConversation } from './conversation.ts'

describe('time and date', () => {
  it.each([
    ['what time is it', "It's three fifteen in the afternoon."],
    ["hey jarvis, what's the time", "It's three fifteen in the afternoon."],
    ['what time is it in tokyo', "It's eleven fifteen at night in Tokyo."],
    ['what time is it in auckland', "It's three fifteen in the morning tomorrow in Auckland."],
    ["what's the date", "It's Thursday, January first."],
    ['what day is tomorrow', 'Tomorrow is Friday, January second.'],
    ['现在几点', '现在是下午三点十五分。'],
    ['东京现在几点', '东京现在是晚上十一点十五分。'],
    ['今天几号', '今天是一月一日，星期四。'],
    ['明天星期几', '明天是星期五。'],
  ])('"%s" -> "%s"', async (text, reply) => {
    const { say } = startConversation()
    expect((await say(text)).text).toBe(reply)
  })

  it.each([
    ['2026-01-01T23:00:00Z', "It's midnight."],
    ['2026-01-01T11:00:00Z', "It's noon."],
    ['2026-07-01T05:05:00Z', "It's seven oh five in the morning."],
    ['2026-03-29T01:00:00Z', "It's three o'clock in the morning."],
  ])('at %s in Zurich: %s', async (at, reply) => {
    const { say } = startConversation({ at })
    expect((await say('what time is it')).text).toBe(reply)
  })

  it('falls back to UTC for a time zone that does not exist', async () => {
    const { say } = startConversation({ speaker: { timeZone: 'Mars/Olympus' } })
    expect((await say('what time is it')).text).toBe("It's two fifteen in the afternoon.")
  })
})

describe('timers', () => {
  it('are set on the speaker and confirmed', async () => {
    const { say } = startConversation()
    const { text, actions, done } = await say('set a timer for ten minutes')
    expect(text).toBe('Timer set for ten minutes.')
    expect(actions).toMatchObject([
      {
        type: 'schedule',
        change: { action: 'set', item: { kind: 'timer', duration_ms: 600_000, fires_at: '2026-01-01T14:25:00.000Z' } },
      },
    ])
    expect(done).toMatchObject({ answeredBy: 'skill:timer', expectsReply: false })
  })

  it('are not promised where nothing could ring, in either language', async () => {
    const browser = startConversation({ speaker: { keepsSchedule: false } })
    for (const text of ['set a timer for ten minutes', 'wake me up at seven', '设一个十分钟的计时器']) {
      const { text: reply, actions } = await browser.say(text)
      expect(reply).toMatch(/cannot ring|没法响铃/)
      expect(actions).toEqual([])
    }
    expect((await browser.say('what time is it')).text).toContain('three fifteen')
  })

  it('ask how long when that was left out, and the answer completes them', async () => {
    const { say } = startConversation()
    const asked = await say('set a pasta timer')
    expect(asked).toMatchObject({ text: 'For how long?', actions: [], done: { expectsReply: true } })
    const answered = await say('eight minutes')
    expect(answered.text).toBe('Your pasta timer is set for eight minutes.')
    expect(answered.actions).toMatchObject([{ change: { item: { label: 'pasta', duration_ms: 480_000 } } }])
  })

  it('forget their question after a minute and in another conversation', async () => {
    const { say, clock } = startConversation()
    await say('set a timer')
    expect((await say('ten minutes', { conversationId: 'another' })).actions).toEqual([])
    await say('set a timer')
    await clock.advance(61_000)
    expect((await say('ten minutes')).actions).toEqual([])
  })

  it('drop the question when something else is asked instead', async () => {
    const { say } = startConversation()
    await say('set a timer')
    expect((await say('what day is it')).text).toBe("It's Thursday, January first.")
    expect((await say('ten minutes')).actions).toEqual([])
  })

  it('say how much time is left, and which are running', async () => {
    const { say, clock } = startConversation()
    await say('set a timer for ten minutes')
    await say('set a five minute timer for tea')
    await clock.advance(90_000)
    expect((await say('how much time is left on the tea timer')).text).toBe(
      'The tea timer has three minutes and thirty seconds left.',
    )
    expect((await say('list my timers')).text).toBe(
      'You have two timers: the tea timer has three minutes and thirty seconds left and the ten minute timer has eight minutes and thirty seconds left.',
    )
    await clock.advance(600_000)
    expect((await say('how much time is left')).text).toBe('You have no timers set.')
  })

  it('are cancelled by name, by length, by place, or by asking which', async () => {
    const { say, speaker } = startConversation()
    for (const text of [
      'set a timer for ten minutes',
      'set a tea timer for five minutes',
      'set a pasta timer for 8 minutes',
      'set a timer for an hour',
    ])
      await say(text)
    expect((await say('cancel the ten minute timer')).text).toBe("I've cancelled the ten minute timer.")
    expect((await say('cancel the timer')).text).toBe(
      'Which one: the tea timer, the pasta timer or the one hour timer?',
    )
    expect((await say('the pasta one')).text).toBe("I've cancelled the pasta timer.")
    expect((await say('cancel the second timer')).text).toBe("I've cancelled the one hour timer.")
    expect((await say('cancel the pizza timer')).text).toMatch(
      /^I don't have such a timer\. The tea timer has five minutes left\.$/,
    )
    expect((await say('cancel the timer')).text).toBe("I've cancelled the tea timer.")
    expect(speaker().schedule).toEqual([])
    expect((await say('cancel the timer')).text).toBe('You have no timers set.')
  })

  it('are cancelled all at once', async () => {
    const { say, speaker } = startConversation()
    await say('set a timer for ten minutes')
    await say('set an alarm for seven')
    await say('set a timer for 20 minutes')
    expect((await say('cancel all timers')).text).toBe('Both timers are cancelled.')
    expect(speaker().schedule.map(({ kind }) => kind)).toEqual(['alarm'])
  })

  it.each([
    ['set a timer for 90 days', 'A timer can run for one day at most. For longer, ask me for a reminder or an alarm.'],
  ])('refuse what a timer cannot be: %s', async (text, reply) => {
    const { say } = startConversation()
    const said = await say(text)
    expect(said.text).toMatch(reply)
    expect(said.actions).toEqual([])
  })

  it('work in Chinese', async () => {
    const { say } = startConversation({ language: 'zh' })
    expect((await say('设一个计时器')).text).toBe('多长时间？')
    expect((await say('十分钟')).text).toBe('计时器已设好，十分钟。')
    expect((await say('还有多久')).text).toBe('十分钟的计时器还有十分钟。')
    expect((await say('取消计时器')).text).toBe('已取消十分钟的计时器。')
  })
})

describe('alarms', () => {
  it.each([
    [
      '2026-01-01T14:15:00Z',
      'set an alarm for seven',
      "Alarm set for seven o'clock in the evening today.",
      '2026-01-01T18:00:00.000Z',
    ],
    [
      '2026-01-01T20:00:00Z',
      'set an alarm for seven',
      "Alarm set for seven o'clock in the morning tomorrow.",
      '2026-01-02T06:00:00.000Z',
    ],
    [
      '2026-01-01T14:15:00Z',
      'set an alarm for seven tomorrow',
      "Alarm set for seven o'clock in the morning tomorrow.",
      '2026-01-02T06:00:00.000Z',
    ],
    [
      '2026-01-01T14:15:00Z',
      'wake me up at half past six',
      'Alarm set for six thirty in the evening today.',
      '2026-01-01T17:30:00.000Z',
    ],
    [
      '2026-01-01T14:15:00Z',
      'wake me up at half past six a m',
      'Alarm set for six thirty in the morning tomorrow.',
      '2026-01-02T05:30:00.000Z',
    ],
    [
      '2026-01-01T14:15:00Z',
      'set an alarm for eight on monday',
      "Alarm set for eight o'clock in the morning on Monday.",
      '2026-01-05T07:00:00.000Z',
    ],
    // Clocks go forward on 29 March 2026 and back on 25 October 2026 in Zurich.
    [
      '2026-03-28T20:00:00Z',
      'set an alarm for seven a m',
      "Alarm set for seven o'clock in the morning tomorrow.",
      '2026-03-29T05:00:00.000Z',
    ],
    [
      '2026-10-24T20:00:00Z',
      'set an alarm for seven a m',
      "Alarm set for seven o'clock in the morning tomorrow.",
      '2026-10-25T06:00:00.000Z',
    ],
    ['2026-01-01T14:15:00Z', '设一个明天早上七点半的闹钟', '闹钟已设好，明天早上七点半。', '2026-01-02T06:30:00.000Z'],
  ])('at %s, "%s"', async (at, text, reply, firesAt) => {
    const { say } = startConversation({ at })
    const said = await say(text)
    expect(said.text).toBe(reply)
    expect(said.actions).toMatchObject([{ change: { item: { kind: 'alarm', fires_at: firesAt } } }])
  })

  it('ask for the time, and refuse one that has passed', async () => {
    const { say } = startConversation()
    expect((await say('set an alarm')).text).toBe('For what time?')
    expect((await say('at seven thirty')).text).toBe('Alarm set for seven thirty in the evening today.')
    expect((await say('set an alarm for six a m today')).text).toBe('That time has already passed.')
    expect((await say('cancel the seven thirty alarm')).actions).toMatchObject([{ change: { action: 'cancel' } }])
  })
})

describe('what goes on with what was said before', () => {
  it('is the time in another city, also after another wake', async () => {
    const { say } = startConversation()
    await say('what time is it in tokyo')
    expect((await say('and in London?', { conversationId: 'next wake' })).text).toBe(
      "It's two fifteen in the afternoon in London.",
    )
    expect((await say('what about paris')).text).toBe("It's three fifteen in the afternoon in Paris.")
    expect((await say('那纽约呢')).text).toBe('纽约现在是上午九点十五分。')
  })

  it('is a correction: the timer as it should have been takes the place of the one that was set', async () => {
    const { say, speaker } = startConversation()
    await say('set a pasta timer for five minutes')
    expect((await say('no, ten minutes', { conversationId: 'next wake' })).text).toBe(
      'Your pasta timer is set for ten minutes.',
    )
    expect(speaker().schedule).toMatchObject([{ label: 'pasta', duration_ms: 600_000 }])
    await say('不对，十五分钟')
    expect(speaker().schedule).toMatchObject([{ label: 'pasta', duration_ms: 900_000 }])
  })

  it.each([
    ['wake me up tomorrow at seven', 'no, eight', { fires_at: '2026-01-02T07:00:00.000Z' }],
    [
      'remind me tomorrow at nine to buy milk',
      'sorry, I meant ten',
      { fires_at: '2026-01-02T09:00:00.000Z', label: 'buy milk' },
    ],
    [
      'remind me at nine to buy milk',
      'no, in ten minutes',
      { fires_at: '2026-01-01T14:25:00.000Z', label: 'buy milk' },
    ],
    ['set an alarm for 7am', 'actually make it eight', { fires_at: '2026-01-02T07:00:00.000Z' }],
    ['set an alarm for eleven tonight', 'no, half past ten', { fires_at: '2026-01-01T21:30:00.000Z' }],
    ['remind me at 11 a m tomorrow to eat', 'no, at one', { fires_at: '2026-01-02T12:00:00.000Z' }],
    ['set an alarm for seven every day', 'make it half past six', { repeat: { at: '06:30' } }],
    ['定一个明天早上七点的闹钟', '改到八点半', { fires_at: '2026-01-02T07:30:00.000Z' }],
  ])('corrects "%s" by "%s", and keeps the rest', async (first, correction, item) => {
    const { say, speaker } = startConversation()
    await say(first)
    await say(correction)
    expect(speaker().schedule).toHaveLength(1)
    expect(speaker().schedule).toMatchObject([item])
  })

  it('is more time for the timer that was just set, or the only one', async () => {
    const { say, speaker, clock } = startConversation()
    await say('set a tea timer for five minutes')
    const [{ item_id: itemId } = { item_id: '' }] = speaker().schedule
    await clock.advance(60_000)
    expect((await say('add five minutes')).text).toBe('The tea timer has nine minutes left.')
    await clock.advance(600_000 - 120_000)
    await say('what day is it')
    expect((await say('two more minutes')).text).toBe('The tea timer has three minutes left.')
    expect(speaker().schedule).toMatchObject([{ item_id: itemId, duration_ms: 720_000 }])
    await say('set a timer for an hour')
    await say('what day is it')
    expect((await say('add five minutes')).text).toMatch(/^I don't know what you mean to change/)
    expect((await say('add five minutes to the tea timer')).text).toBe('The tea timer has eight minutes left.')
    expect((await say('给tea计时器再加一分钟')).text).toBe('Tea计时器还有九分钟。')
    await say('set a timer for 23 hours')
    expect((await say('add two hours')).text).toMatch(/^A timer can run for one day at most/)
  })

  it.each(['cancel it', 'cancel', 'never mind', '取消它'])('is "%s": what was just set is gone', async (text) => {
    const { say, speaker } = startConversation()
    await say('set a timer for ten minutes')
    expect((await say(text)).text).toMatch(/^I've cancelled the ten minute timer\.$|^已取消十分钟的计时器。$/)
    expect(speaker().schedule).toEqual([])
    expect((await say(text)).text).toMatch(/^Okay, never mind\.$|^好的，不用了。$/)
  })

  it('is about the one timer that was asked for', async () => {
    const { say, speaker } = startConversation()
    await say('set a timer for ten minutes')
    await say('set a pasta timer for five minutes')
    await say('how long is left on the pasta timer')
    await say('no, six minutes')
    expect(speaker().schedule).toMatchObject([{ duration_ms: 600_000 }, { duration_ms: 360_000, label: 'pasta' }])
    await say('how much time is left')
    expect((await say('cancel it')).text).toBe('Okay, never mind.')
    await say('how long is left on the pasta timer')
    expect((await say('cancel it')).text).toBe("I've cancelled the pasta timer.")
  })

  it('is forgotten after two minutes, and after something else', async () => {
    const { say, speaker, clock } = startConversation()
    await say('set a timer for ten minutes')
    await say('what day is it')
    expect((await say('cancel')).text).toBe('Okay, never mind.')
    await say('set an alarm for seven')
    await clock.advance(121_000)
    expect((await say('cancel')).text).toBe('Okay, never mind.')
    expect(speaker().schedule).toHaveLength(2)
  })
})

describe('an alarm of the night', () => {
  it.each([
    ['2026-01-01T14:15:00Z', 'set an alarm for 12 at night tomorrow', '2026-01-02T23:00:00.000Z'],
    ['2026-01-01T14:15:00Z', 'set an alarm for one at night today', '2026-01-02T00:00:00.000Z'],
    ['2026-01-01T14:15:00Z', '定一个今天晚上十二点的闹钟', '2026-01-01T23:00:00.000Z'],
    ['2026-01-01T14:15:00Z', '定一个明天晚上十二点的闹钟', '2026-01-02T23:00:00.000Z'],
    ['2026-01-01T14:15:00Z', '定一个明天凌晨两点的闹钟', '2026-01-02T01:00:00.000Z'],
    ['2026-01-01T14:15:00Z', '定一个晚上十二点的闹钟', '2026-01-01T23:00:00.000Z'],
    // At half past midnight "tonight at one" is half an hour away, "tonight at twelve" nearly a day.
    ['2026-01-01T23:30:00Z', 'set an alarm for one tonight', '2026-01-02T00:00:00.000Z'],
    ['2026-01-01T23:30:00Z', '定一个今晚十二点的闹钟', '2026-01-02T23:00:00.000Z'],
  ])('at %s, "%s" rings at %s', async (at, text, firesAt) => {
    const { say } = startConversation({ at })
    expect((await say(text)).actions).toMatchObject([{ change: { item: { kind: 'alarm', fires_at: firesAt } } }])
  })
})

describe('an alarm that is pointed at by its day', () => {
  it.each([
    ['定一个周六早上七点的闹钟', '取消周日早上七点的闹钟', '取消周六早上七点的闹钟'],
    ['定一个今晚七点的闹钟', '取消明早七点的闹钟', '取消今晚七点的闹钟'],
    ['定一个今天晚上十二点的闹钟', '取消明天晚上十二点的闹钟', '取消今天晚上十二点的闹钟'],
    ['每周六早上七点叫我', '取消周日早上七点的闹钟', '取消周六早上七点的闹钟'],
  ])('"%s" is not the one of "%s"', async (set, other, cancel) => {
    const { say, speaker } = startConversation()
    await say(set)
    expect((await say(other)).text).toMatch(/^没有这个闹钟。/)
    await say(cancel)
    expect(speaker().schedule).toEqual([])
  })
})

describe('an alarm or a reminder of which only the day was said', () => {
  it.each([
    ['set an alarm for tomorrow', 'at half past seven', '2026-01-02T06:30:00.000Z'],
    ['remind me to buy milk tomorrow', 'at nine', '2026-01-02T08:00:00.000Z'],
    ['remind me tomorrow to buy milk', 'nine a m', '2026-01-02T08:00:00.000Z'],
    ['明天提醒我买牛奶', '九点', '2026-01-02T08:00:00.000Z'],
    ['明天早上叫我起床', '七点半', '2026-01-02T06:30:00.000Z'],
  ])('"%s" is asked when, and is on that day: "%s"', async (text, answer, firesAt) => {
    const { say } = startConversation()
    expect(await say(text)).toMatchObject({ text: expect.stringMatching(/time\?$|几点？/), actions: [] })
    expect((await say(answer)).actions).toMatchObject([{ change: { item: { fires_at: firesAt } } }])
  })

  it('comes again when the days were said', async () => {
    const { say } = startConversation()
    await say('remind me to water the plants every monday')
    expect((await say('at nine')).actions).toMatchObject([
      { change: { item: { kind: 'reminder', label: 'water the plants', repeat: { weekdays: [1], at: '09:00' } } } },
    ])
    await say('wake me up every day')
    expect((await say('at seven')).actions).toMatchObject([
      { change: { item: { kind: 'alarm', repeat: { at: '07:00' } } } },
    ])
  })

  it('is told so when the time has passed', async () => {
    const { say } = startConversation()
    await say('remind me to buy milk today')
    expect(await say('at six a m')).toMatchObject({ text: 'That time has already passed.', actions: [] })
  })
})

describe('alarms that come again', () => {
  it.each([
    [
      'set an alarm for seven every day',
      "Alarm set for seven o'clock in the morning every day.",
      [0, 1, 2, 3, 4, 5, 6],
      '07:00',
    ],
    [
      'wake me up every weekday at half past six',
      'Alarm set for six thirty in the morning every weekday.',
      [1, 2, 3, 4, 5],
      '06:30',
    ],
    ['wake me every saturday at nine', "Alarm set for nine o'clock in the morning every Saturday.", [6], '09:00'],
    [
      'set an alarm for ten every evening',
      "Alarm set for ten o'clock at night every day.",
      [0, 1, 2, 3, 4, 5, 6],
      '22:00',
    ],
    ['设一个每天七点的闹钟', '闹钟已设好，每天早上七点。', [0, 1, 2, 3, 4, 5, 6], '07:00'],
    ['设一个工作日早上六点半的闹钟', '闹钟已设好，每个工作日早上六点半。', [1, 2, 3, 4, 5], '06:30'],
    ['每周六晚上九点叫我', '闹钟已设好，每周六晚上九点。', [6], '21:00'],
    ['每周一三五早上七点叫我', '闹钟已设好，每周一、周三和周五早上七点。', [1, 3, 5], '07:00'],
    ['每周一到周五早上七点叫我', '闹钟已设好，每个工作日早上七点。', [1, 2, 3, 4, 5], '07:00'],
    ['每周五到周日早上七点叫我', '闹钟已设好，每周五、周六和周日早上七点。', [0, 5, 6], '07:00'],
    [
      'wake me up every monday, wednesday and friday at 7am',
      "Alarm set for seven o'clock in the morning every Monday, Wednesday and Friday.",
      [1, 3, 5],
      '07:00',
    ],
    ['set an alarm for 9 on saturdays', "Alarm set for nine o'clock in the morning every Saturday.", [6], '09:00'],
  ])('"%s"', async (text, reply, weekdays, at) => {
    const { say } = startConversation()
    const said = await say(text)
    expect(said.text).toBe(reply)
    expect(said.actions).toMatchObject([{ change: { item: { kind: 'alarm', repeat: { weekdays, at } } } }])
  })

  it('ring next at the first of their days, and are listed by their days', async () => {
    const { say } = startConversation({ at: '2026-01-01T14:15:00Z' })
    expect((await say('wake me every saturday at nine')).actions).toMatchObject([
      { change: { item: { fires_at: '2026-01-03T08:00:00.000Z' } } },
    ])
    expect((await say('what alarms are set')).text).toBe(
      "You have one alarm: nine o'clock in the morning every Saturday.",
    )
    expect((await say('cancel the nine a m alarm')).text).toBe(
      "I've cancelled the alarm for nine o'clock in the morning every Saturday.",
    )
  })
})

describe('reminders', () => {
  it('say back what for and when', async () => {
    const { say } = startConversation()
    expect((await say('remind me in ten minutes to check the oven')).text).toBe(
      "I'll remind you in ten minutes to check the oven.",
    )
    expect((await say('remind me to take my medicine at six p m')).text).toBe(
      "I'll remind you to take your medicine, six o'clock in the evening today.",
    )
    expect((await say('十分钟后提醒我喝水')).text).toBe('好的，十分钟后提醒你喝水。')
  })

  it.each([
    ['remind me to water the plants every monday at nine', 'water the plants', [1], '09:00'],
    ['remind me at 8pm every day to take my medicine', 'take my medicine', [0, 1, 2, 3, 4, 5, 6], '20:00'],
    ['每天晚上八点提醒我吃药', '吃药', [0, 1, 2, 3, 4, 5, 6], '20:00'],
  ])('come again: "%s"', async (text, label, weekdays, at) => {
    const { say } = startConversation()
    expect((await say(text)).actions).toMatchObject([
      { change: { item: { kind: 'reminder', label, repeat: { weekdays, at } } } },
    ])
  })

  it('are refused beyond a year, however far', async () => {
    const { say } = startConversation()
    for (const days of ['400', '200000', '999999999999999'])
      expect(await say(`remind me in ${days} days to smile`)).toMatchObject({
        text: 'I can only remind you within a year.',
        actions: [],
      })
  })

  it('ask when, and understand a length or a time as the answer', async () => {
    const { say } = startConversation()
    expect(await say('remind me to water the plants')).toMatchObject({ text: 'When?', done: { expectsReply: true } })
    expect((await say('at eight p m')).actions).toMatchObject([
      { change: { item: { kind: 'reminder', label: 'water the plants', fires_at: '2026-01-01T19:00:00.000Z' } } },
    ])
  })
})

describe('volume', () => {
  it.each([
    ['set the volume to thirty percent', 30],
    ['volume up', 60],
    ['turn it down', 40],
    ['mute', 0],
    ['音量调到八十', 80],
    ['声音大一点', 60],
    ['full volume', 100],
    ['音量调到最大', 100],
  ])('"%s" -> %d', async (text, volume) => {
    const { say } = startConversation()
    expect((await say(text)).actions).toEqual([{ type: 'command', command: { type: 'set_volume', volume } }])
  })

  it('comes back to where it was muted', async () => {
    const { say, speaker } = startConversation({ speaker: { volume: 70 } })
    await say('mute')
    expect(speaker().volume).toBe(0)
    await say('turn the sound back on')
    expect(speaker().volume).toBe(70)
  })

  it('stays between nothing and everything', async () => {
    const { say } = startConversation({ speaker: { volume: 95 } })
    expect((await say('volume up')).actions).toMatchObject([{ command: { volume: 100 } }])
    expect((await say('volume up')).text).toBe("That's as loud as I can be.")
    expect(await say('set the volume to 400')).toMatchObject({
      text: 'The volume goes from zero to one hundred.',
      actions: [],
    })
  })
})

describe('sums and units', () => {
  it.each([
    ['what is twelve times seven', "That's eighty four."],
    ['what is 0.1 + 0.2', "That's zero point three."],
    ['what is two plus three times four', "That's fourteen."],
    ['what is ten divided by three', "That's about three point three three three."],
    ['what is five divided by zero', 'Nothing can be divided by zero.'],
    ['what is fifteen percent of two hundred', "That's thirty."],
    ['what is two to the power of ten', "That's one thousand and twenty four."],
    ['square root of 2', "That's about one point four one four."],
    ['what is 5 minus 12', "That's minus seven."],
    ['convert ten miles to kilometers', 'Ten miles is about sixteen point zero nine kilometers.'],
    ['what is 72°F in celsius', 'Seventy two degrees fahrenheit is about twenty two point two two degrees celsius.'],
    ['how many cups are in a gallon', 'One gallon is sixteen cups.'],
    ['how many days in a year', 'One year is three hundred and sixty five days.'],
    [
      'convert 123.45 pounds to kilograms',
      'One hundred and twenty three point four five pounds is about fifty six kilograms.',
    ],
    ['multiply 6 by 7', "That's forty two."],
    ['subtract 3 from 10', "That's seven."],
    ['一万加五等于多少', '等于一万零五。'],
    ['convert 3 liters to miles', "Liters and miles measure different things, so I can't convert one to the other."],
    ['十二乘以七等于多少', '等于八十四。'],
    ['一百华氏度是多少摄氏度', '一百华氏度大约等于三十七点七八摄氏度。'],
    ['三斤等于多少克', '三斤等于一千五百克。'],
  ])('"%s" -> "%s"', async (text, reply) => {
    expect((await startConversation().say(text)).text).toBe(reply)
  })
})

describe('talk', () => {
  it('repeats the last reply, also to a later conversation of the same speaker', async () => {
    const { say } = startConversation()
    expect((await say('repeat that')).text).toBe("I haven't said anything yet.")
    await say('what day is it')
    expect((await say('say that again')).text).toBe("It's Thursday, January first.")
    expect((await say('repeat', { conversationId: 'later' })).text).toBe("It's Thursday, January first.")
  })

  it('tells another joke the second time', async () => {
    const { say } = startConversation()
    expect((await say('tell me a joke')).text).not.toBe((await say('tell me another joke')).text)
  })

  it.each([
    ['what is the weather', /No weather service is connected/],
    ['打开客厅灯', /还没有接上灯/],
    ['are you recording me', /Recordings are not kept unless/],
    ['who are you', /Mynah/],
    ['你是谁', /鹩哥/],
  ])('is honest: "%s"', async (text, reply) => {
    expect((await startConversation().say(text)).text).toMatch(reply)
  })
})

describe('what is not understood', () => {
  it('is answered with how to connect a language model', async () => {
    const { say } = startConversation()
    const said = await say('why is the sky blue')
    expect(said.text).toMatch(/no language model is connected.*MYNAH_LLM_URL/)
    expect(said.done).toMatchObject({ answeredBy: 'no_llm', expectsReply: false })
    expect((await say('天为什么是蓝的')).text).toMatch(/没有连接语言模型.*MYNAH_LLM_URL/)
  })

  it('is told back when it was speech outside the grammar', async () => {
    const { say } = startConversation()
    const said = await say('colorless green ideas', { outOfGrammar: true })
    expect(said.text).toMatch(/^I heard: colorless green ideas\. But that is no command I know\./)
    expect(said.done?.answeredBy).toBe('rejected')
  })

  it('is asked again when nothing but the wake word was heard', async () => {
    const { say } = startConversation()
    expect((await say('')).text).toBe("Sorry, I didn't catch that.")
    expect((await say('hey jarvis')).done?.answeredBy).toBe('rejected')
    expect((await say('小智小智', { language: 'zh' })).text).toBe('抱歉，我没有听清。')
  })

  it('says nothing at all once the turn is aborted', async () => {
    const { say } = startConversation()
    expect((await say('what time is it', {}, AbortSignal.abort())).done).toBeUndefined()
  })
})
