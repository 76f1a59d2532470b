import { describe, expect, test } from 'vitest'
import { type Hearing, hear, startHearing, takeWords } from '../../admin/src/talk/hearing.ts'
import { restingTalk, stepTalk, type TalkEvent } from '../../admin/src/talk/talk-state.ts'

const frameMs = 20
/** Frames of one loudness; stops at a decision. */
const during = (from: Hearing, levelDbfs: number, ms: number) => {
  let hearing = from
  for (let atMs = 0; atMs < ms; atMs += frameMs) {
    const [next, decision] = hear(hearing, { levelDbfs, frameMs })
    hearing = next
    if (decision !== 'go_on') return { hearing, decision, afterMs: atMs + frameMs }
  }
  return { hearing, decision: 'go_on', afterMs: ms }
}

describe('a browser that listens', () => {
  test.each([
    ['none', 1_000],
    ['prefix', 1_300],
    ['may_end', 600],
    ['must_end', 400],
  ] as const)('waits after words that are %s for %i ms of silence', (command, silenceMs) => {
    const quiet = during(startHearing, -70, 400).hearing
    const spoke = takeWords(during(quiet, -25, 800).hearing, 'what time is it', command)
    expect(during(spoke, -70, 3_000)).toMatchObject({ decision: 'end_of_speech', afterMs: silenceMs })
  })

  test('tells six seconds of nothing from a pause', () => {
    expect(during(startHearing, -70, 10_000)).toMatchObject({ decision: 'nothing_said', afterMs: 6_000 })
  })

  test('takes a click for no speech', () => {
    const click = during(during(startHearing, -70, 200).hearing, -10, 60).hearing
    expect(during(click, -70, 10_000).decision).toBe('nothing_said')
  })

  test('takes the noise of a loud room for no speech, and a voice above it for speech', () => {
    const room = during(startHearing, -40, 3_000)
    expect(room.hearing.hasSpoken).toBe(false)
    expect(during(room.hearing, -20, 300).hearing.hasSpoken).toBe(true)
  })

  test('believes the recogniser when a voice is too quiet for itself', () => {
    const whisper = takeWords(during(startHearing, -56, 500).hearing, 'hello', 'may_end')
    expect(during(whisper, -56, 5_000).decision).toBe('end_of_speech')
  })

  test('ends after fifteen seconds whatever it hears', () => {
    let hearing = startHearing
    let ended: string = 'go_on'
    for (let frame = 0; frame < 1_000 && ended === 'go_on'; frame++) {
      const [next, decision] = hear(hearing, { levelDbfs: frame % 40 < 20 ? -20 : -45, frameMs })
      hearing = next
      ended = decision
    }
    expect([ended, hearing.heardMs]).toEqual(['end_of_speech', 15_000])
  })
})

describe('what the Talk page shows', () => {
  const session_id = 'a'
  const after = (...events: readonly TalkEvent[]) => events.reduce(stepTalk, restingTalk)
  const opened = { type: 'opened', sessionId: session_id, language: 'en', text: undefined } as const
  const words = { type: 'transcript', session_id, text: 'what ti', final: false, command: 'prefix' } as const
  const phase = (name: 'thinking' | 'speaking' | 'ended', more: { heard?: string; reply?: string } = {}) =>
    ({ type: 'phase', session_id, phase: name, heard: null, reply: null, error: null, ...more }) as const

  test('goes with the turn from the press to the end of the answer', () => {
    const events: readonly TalkEvent[] = [
      { type: 'begun' },
      { type: 'listening' },
      opened,
      words,
      { type: 'speech_ended' },
      phase('thinking'),
      phase('speaking', { heard: 'what time is it', reply: 'Noon.' }),
      phase('ended', { heard: 'what time is it', reply: 'Noon.' }),
    ]
    const phases = events.map((_, index) => after(...events.slice(0, index + 1)).phase)
    expect(phases).toEqual([
      'opening',
      'listening',
      'listening',
      'listening',
      'thinking',
      'thinking',
      'speaking',
      'idle',
    ])
    expect(after(...events).exchanges).toEqual([
      {
        sessionId: 'a',
        language: 'en',
        heard: 'what time is it',
        isFinal: true,
        reply: 'Noon.',
        failure: undefined,
        isOver: true,
      },
    ])
  })

  test('is not moved by the late end of the turn before', () => {
    const next = { ...opened, sessionId: 'b' }
    const interrupted = after({ type: 'begun' }, opened, { type: 'begun' }, { type: 'listening' }, phase('ended'))
    expect(interrupted.phase).toBe('listening')
    expect(interrupted.exchanges[0]?.isOver).toBe(true)
    expect(stepTalk(stepTalk(interrupted, next), phase('speaking')).phase).toBe('listening')
  })

  test('shows a trouble until the next try, and ends the turn that had it', () => {
    const troubled = after({ type: 'begun' }, opened, { type: 'troubled', trouble: 'connection_lost' })
    expect(troubled).toMatchObject({ phase: 'idle', trouble: 'connection_lost', exchanges: [{ isOver: true }] })
    expect(stepTalk(troubled, { type: 'begun' }).trouble).toBeUndefined()
  })

  test('keeps the newest twelve exchanges', () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ ...opened, sessionId: `s${index}` }))
    expect(after(...many).exchanges.map(({ sessionId }) => sessionId)).toEqual(
      many.slice(8).map(({ sessionId }) => sessionId),
    )
  })
})
