import { describe, expect, test } from 'vitest'
import { isJump, visibleRows } from '../../admin/src/design/visible-rows.ts'
import { axisTicks, waterfallBars } from '../../admin/src/design/waterfall-bars.ts'
import { compareSpeakers, concernsOf, matchesFilter } from '../../admin/src/pages/speaker-filter.ts'
import { splitWords } from '../../admin/src/pages/split-words.ts'
import { timesFrom } from './fake-people.ts'
import { devicesOf } from './fake-speakers.ts'

const [kitchen, , , study, bedroom, attic, garage] = devicesOf(timesFrom(0), 0)

describe('the bars of a waterfall', () => {
  test('follow each other from the end of speech to the first sound', () => {
    const bars = waterfallBars({
      end_of_speech_to_commit: 200,
      stt_final: 30,
      llm_first_token: 300,
      tts_first_audio: 80,
      end_of_speech_to_first_audio: 640,
    })
    expect(bars.map(({ hop, startMs, durationMs }) => [hop, startMs, durationMs])).toEqual([
      ['end_of_speech_to_commit', 0, 200],
      ['stt_final', 200, 30],
      ['llm_first_token', 230, 300],
      ['tts_first_audio', 530, 80],
      ['rest', 610, 30],
    ])
  })

  test('count the model once when the dialogue waited for it', () => {
    const bars = waterfallBars({ dialogue: 310, llm_first_token: 300 })
    expect(bars.reduce((sum, { durationMs }) => sum + durationMs, 0)).toBe(310)
  })

  test('are none for a turn that never came to an answer', () => {
    expect(waterfallBars({ wake_to_first_packet: 9 })).toEqual([])
  })

  test('stand over round numbers', () => {
    expect(axisTicks(640)).toEqual([0, 200, 400, 600])
    expect(axisTicks(38)).toEqual([0, 10, 20, 30])
  })
})

describe('a long list', () => {
  const rowPx = 68
  test('holds only the rows in sight and some to spare', () => {
    const { first, end } = visibleRows({ topPx: -34_000, viewportPx: 800, rowPx, count: 1_000 })
    expect(first).toBeLessThan(500)
    expect(end).toBeGreaterThan(500 + 12)
    expect(end - first).toBeLessThan(40)
  })

  test('draws no more than what is in sight where it jumped to', () => {
    const before = visibleRows({ topPx: 0, viewportPx: 800, rowPx, count: 1_000 })
    const scrolled = visibleRows({ topPx: -400, viewportPx: 800, rowPx, count: 1_000 })
    const jumped = visibleRows({ topPx: -34_000, viewportPx: 800, rowPx, count: 1_000 })
    expect([isJump(before, scrolled), isJump(before, jumped), isJump(jumped, before)]).toEqual([false, true, true])
    const bare = visibleRows({ topPx: -34_000, viewportPx: 800, rowPx, count: 1_000, spare: 0 })
    expect(bare).toEqual({ first: 500, end: 513 })
  })

  test('stays inside of its ends', () => {
    expect(visibleRows({ topPx: 200, viewportPx: 800, rowPx, count: 3 })).toEqual({ first: 0, end: 3 })
    expect(visibleRows({ topPx: -90_000, viewportPx: 800, rowPx, count: 10 }).end).toBe(10)
    expect(visibleRows({ topPx: 0, viewportPx: 800, rowPx, count: 0 })).toEqual({ first: 0, end: 0 })
  })
})

describe('the filter of speakers', () => {
  test('finds every word in name, room or id, in any language', () => {
    expect(study && matchesFilter(study, 'all', '书房 stu')).toBe(true)
    expect(study && matchesFilter(study, 'all', 'kitchen')).toBe(false)
  })

  test('counts an offline speaker and a hot one as needing attention', () => {
    expect(garage && matchesFilter(garage, 'attention', '')).toBe(true)
    expect(kitchen && matchesFilter(kitchen, 'attention', '')).toBe(false)
    expect(attic && concernsOf(attic)).toEqual(['hot', 'weak_wifi'])
    expect(bedroom && concernsOf(bedroom)).toEqual(['low_battery', 'pending'])
  })

  test('sorts by room and name, numbers as numbers, the unnamed last', () => {
    const fleet = devicesOf(timesFrom(0), 12).toSorted(compareSpeakers('en'))
    expect(fleet.at(-1)?.name).toBe(null)
    const rooms = fleet.flatMap(({ room }) => (room?.startsWith('Room') ? [room] : []))
    expect(rooms.indexOf('Room 2')).toBeLessThan(rooms.indexOf('Room 10'))
  })
})

test('words are parted by Western and Chinese commas, each once', () => {
  expect(splitWords(' hey_jarvis， 小智小智、alexa,,alexa ')).toEqual(['hey_jarvis', '小智小智', 'alexa'])
})
