import { describe, expect, it } from 'vitest'
import { step } from '../../src/dialog/dialog.ts'
import type { DialogEffect } from '../../src/dialog/dialog-effect.ts'
import type { DialogEvent } from '../../src/dialog/dialog-event.ts'
import { type DialogState, initialDialog } from '../../src/dialog/dialog-state.ts'

const online = initialDialog({ muted: false, link: 'online', localCommands: false, followUpMs: 5_000 })
const offline = initialDialog({ muted: false, link: 'offline', localCommands: false, followUpMs: 5_000 })

const wake = (newSessionId: string, atMs = 0): DialogEvent => ({
  type: 'wake_word_heard',
  newSessionId,
  word: 'hey_jarvis',
  score: 0.9,
  atSample: 0,
  atMs,
})
const ack = (sessionId: string): DialogEvent => ({ type: 'wake_acknowledged', sessionId, accepted: true })
const spoke = (sessionId: string): DialogEvent => ({ type: 'end_of_turn', sessionId, outcome: 'speech_ended' })
const play = (sessionId: string, expectsReply = false): DialogEvent => ({
  type: 'play_requested',
  sessionId,
  playId: `play-${sessionId}`,
  source: { type: 'stream' },
  expectsReply,
})
const session = (sessionId: string, phase: 'thinking' | 'speaking' | 'expecting' | 'ended'): DialogEvent => ({
  type: 'session_changed',
  sessionId,
  phase,
  stopCapture: phase === 'thinking',
})

const tell = (start: DialogState, ...events: readonly DialogEvent[]) => {
  let state = start
  const effects: DialogEffect[] = []
  let last: readonly DialogEffect[] = []
  for (const event of events) {
    ;[state, last] = step(state, event)
    effects.push(...last)
  }
  return { state, effects, last }
}

const typesOf = (effects: readonly DialogEffect[]) => effects.map((effect) => effect.type)
const endings = (effects: readonly DialogEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'end_turn' ? [`${effect.sessionId}:${effect.reason}`] : []))
const sounds = (effects: readonly DialogEffect[]) =>
  effects.flatMap((effect) =>
    effect.type === 'earcon' ? [effect.earcon] : effect.type === 'phrase' ? [`say ${effect.phrase}`] : [],
  )

describe('a turn from wake word to reply', () => {
  it('opens the stream before it captures', () => {
    const { state, effects } = tell(online, wake('a'))
    expect(state.phase).toBe('listening')
    expect(typesOf(effects)).toEqual(['open_turn', 'start_timer', 'start_capture', 'start_timer', 'show_phase'])
  })
  it('chimes when the cloud has taken it, once: another speaker may have heard the same word', () => {
    expect(sounds(tell(online, wake('a')).effects)).toEqual([])
    expect(sounds(tell(online, wake('a'), ack('a')).effects)).toEqual(['wake'])
    expect(sounds(tell(online, wake('a'), ack('a'), ack('a')).effects)).toEqual(['wake'])
    const refused = {
      type: 'wake_acknowledged',
      sessionId: 'a',
      accepted: false,
      reason: 'another_speaker_won',
    } as const
    expect(sounds(tell(online, wake('a'), refused).effects)).toEqual([])
  })
  it('does not chime over a reply that is already due', () => {
    expect(sounds(tell(online, wake('a'), spoke('a'), ack('a')).effects)).toEqual(['end_of_listening'])
  })
  it('chimes at once for its button, which no other speaker has', () => {
    const pressed: DialogEvent = { type: 'button_pressed', newSessionId: 'a', atMs: 0 }
    expect(sounds(tell(online, pressed).effects)).toEqual(['wake'])
    expect(sounds(tell(online, pressed, ack('a')).effects)).toEqual(['wake'])
  })
  it('thinks when the speech ended, speaks when the reply plays, and ends completed', () => {
    const { state, effects } = tell(
      online,
      wake('a'),
      ack('a'),
      spoke('a'),
      session('a', 'thinking'),
      play('a'),
      { type: 'playback_finished', sessionId: 'a' },
      session('a', 'ended'),
    )
    expect(state.phase).toBe('idle')
    expect(endings(effects)).toEqual(['a:completed'])
  })
  it('ends completed by itself when the cloud never says what follows the reply', () => {
    const { state, effects } = tell(online, wake('a'), ack('a'), spoke('a'), play('a'), {
      type: 'playback_finished',
      sessionId: 'a',
    })
    expect(state.phase).toBe('speaking')
    const settled = tell(state, { type: 'timer_elapsed', sessionId: 'a', timer: 'settling' })
    expect(settled.state.phase).toBe('idle')
    expect(endings([...effects, ...settled.effects])).toEqual(['a:completed'])
  })
  it('plays sound that comes ahead of its play message and names it later', () => {
    const { state, effects } = tell(online, wake('a'), spoke('a'), { type: 'reply_arrived', sessionId: 'a' }, play('a'))
    expect(state).toMatchObject({ phase: 'speaking', playId: 'play-a' })
    expect(typesOf(effects).filter((type) => type === 'play_reply' || type === 'name_playback')).toEqual([
      'play_reply',
      'name_playback',
    ])
  })
  it('goes to thinking at once for typed text and captures nothing', () => {
    const { state, effects } = tell(online, { type: 'text_typed', newSessionId: 'a', text: 'hello', atMs: 0 })
    expect(state.phase).toBe('thinking')
    expect(typesOf(effects)).not.toContain('start_capture')
  })
  it('stops capturing when the cloud says so', () => {
    const { state, effects } = tell(online, wake('a'), ack('a'), session('a', 'thinking'))
    expect(state.phase).toBe('thinking')
    expect(typesOf(effects)).toContain('stop_capture')
  })
})

describe('a barge-in', () => {
  it('stops the playback, ends the old turn as barge_in, then opens the new one', () => {
    const { state, last } = tell(online, wake('a'), ack('a'), spoke('a'), play('a'), wake('b'))
    expect(state.phase).toBe('listening')
    expect(typesOf(last).slice(0, 3)).toEqual(['stop_playback', 'end_turn', 'open_turn'])
    expect(endings(last)).toEqual(['a:barge_in'])
    expect(last.find((effect) => effect.type === 'open_turn')).toMatchObject({
      turn: { sessionId: 'b', trigger: 'barge_in', previousSessionId: 'a' },
    })
  })
  it('is a plain wake when the reply was already heard to its end', () => {
    const { last } = tell(
      online,
      wake('a'),
      ack('a'),
      spoke('a'),
      play('a'),
      { type: 'playback_finished', sessionId: 'a' },
      wake('b'),
    )
    expect(endings(last)).toEqual(['a:completed'])
    expect(last.find((effect) => effect.type === 'open_turn')).toMatchObject({ turn: { trigger: 'wake_word' } })
  })
  it('cuts off thinking too', () => {
    expect(endings(tell(online, wake('a'), ack('a'), spoke('a'), wake('b')).effects)).toEqual(['a:barge_in'])
  })
})

describe('a follow-up', () => {
  const asked = tell(online, wake('a'), ack('a'), spoke('a'), play('a', true), {
    type: 'playback_finished',
    sessionId: 'a',
  }).state
  it('is waited for after a question', () => {
    expect(asked).toMatchObject({ phase: 'expecting', previousSessionId: 'a' })
  })
  it('opens a session of its own that names the one before', () => {
    const { last } = tell(asked, { type: 'speech_started', newSessionId: 'b', sinceSample: 0, atMs: 0 })
    expect(last.find((effect) => effect.type === 'open_turn')).toMatchObject({
      turn: { sessionId: 'b', trigger: 'follow_up', previousSessionId: 'a' },
    })
  })
  it('that never comes ends quietly', () => {
    const { state, last } = tell(asked, { type: 'timer_elapsed', sessionId: 'a', timer: 'follow_up' })
    expect(state.phase).toBe('idle')
    expect(typesOf(last)).toEqual(['show_phase'])
  })
  it('is expected when the cloud says so only after the reply was heard', () => {
    const { state } = tell(
      online,
      wake('a'),
      ack('a'),
      spoke('a'),
      play('a'),
      { type: 'playback_finished', sessionId: 'a' },
      session('a', 'expecting'),
    )
    expect(state.phase).toBe('expecting')
  })
  it('is not waited for when the window is set to 0', () => {
    const { state } = tell(
      online,
      { type: 'follow_up_changed', followUpMs: 0 },
      wake('a'),
      spoke('a'),
      play('a', true),
      { type: 'playback_finished', sessionId: 'a' },
    )
    expect(state.phase).toBe('idle')
  })
  it('needs an expecting speaker: speech while idle starts nothing', () => {
    expect(tell(online, { type: 'speech_started', newSessionId: 'b', sinceSample: 0, atMs: 0 }).effects).toEqual([])
  })
})

describe('when something fails', () => {
  it('says that there is no network once an hour, and beeps in between', () => {
    const first = tell(offline, wake('a', 0))
    expect(sounds(first.effects)).toEqual(['say no_network'])
    const second = tell(first.state, wake('b', 60_000))
    expect(sounds(second.effects)).toEqual(['error'])
    expect(sounds(tell(second.state, wake('c', 3_600_000)).effects)).toEqual(['say no_network'])
    expect(typesOf(second.effects)).not.toContain('open_turn')
  })
  it('tells once that it answers without the cloud, again when the cloud was back, at most once an hour', () => {
    const alone = initialDialog({ muted: false, link: 'offline', localCommands: true, followUpMs: 5_000 })
    const goAndCome: readonly DialogEvent[] = [
      { type: 'link_changed', link: 'online' },
      { type: 'link_changed', link: 'offline' },
    ]
    const turn = (state: DialogState, sessionId: string, atMs: number) => {
      const turned = tell(state, wake(sessionId, atMs), spoke(sessionId))
      const told = turned.last.flatMap((effect) => (effect.type === 'answer_locally' ? [effect.tellAway] : []))
      const answered = { understood: true, spoken: false, expectsReply: false, tellAway: false }
      return { told, after: tell(turned.state, { type: 'answered_locally', sessionId, ...answered }).state }
    }
    const first = turn(alone, 'a', 0)
    const second = turn(first.after, 'b', 3_600_000)
    const third = turn(tell(second.after, ...goAndCome).state, 'c', 3_599_999)
    const fourth = turn(third.after, 'd', 3_600_000)
    expect([first.told, second.told, third.told, fourth.told]).toEqual([[true], [false], [false], [true]])
  })
  it('beeps when the wake is not acknowledged in time', () => {
    const { state, effects } = tell(online, wake('a'), {
      type: 'timer_elapsed',
      sessionId: 'a',
      timer: 'acknowledgement',
    })
    expect(state.phase).toBe('idle')
    expect(sounds(effects)).toEqual(['error'])
    expect(endings(effects)).toEqual(['a:timeout'])
  })
  it('stays silent when another speaker won, and beeps for other refusals', () => {
    const refusal = (reason: 'busy' | 'another_speaker_won') =>
      tell(online, wake('a'), { type: 'wake_acknowledged', sessionId: 'a', accepted: false, reason })
    expect(sounds(refusal('another_speaker_won').effects)).toEqual([])
    expect(sounds(refusal('busy').effects)).toEqual(['error'])
    expect(endings(refusal('busy').effects)).toEqual(['a:refused'])
  })
  it('goes back to idle without a sound when nothing was said', () => {
    const { state, last } = tell(online, wake('a'), { type: 'end_of_turn', sessionId: 'a', outcome: 'no_speech' })
    expect(state.phase).toBe('idle')
    expect(sounds(last)).toEqual([])
    expect(endings(last)).toEqual(['a:no_speech'])
  })
  it('speaks a sentence of its own when the cloud reports an error', () => {
    const { last } = tell(online, wake('a'), ack('a'), spoke('a'), {
      type: 'session_changed',
      sessionId: 'a',
      phase: 'ended',
      stopCapture: true,
      failure: { stage: 'llm', code: 'timeout' },
    })
    expect(sounds(last)).toEqual(['say failed'])
    expect(last.find((effect) => effect.type === 'end_turn')).toMatchObject({
      reason: 'failed',
      failure: { stage: 'llm', code: 'timeout' },
    })
  })
  it('says nothing more when the cloud has already apologised aloud', () => {
    const { state, last } = tell(
      online,
      wake('a'),
      spoke('a'),
      play('a'),
      { type: 'playback_finished', sessionId: 'a' },
      {
        type: 'session_changed',
        sessionId: 'a',
        phase: 'ended',
        stopCapture: false,
        failure: { stage: 'llm', code: 'timeout' },
      },
    )
    expect(state.phase).toBe('idle')
    expect(sounds(last)).toEqual([])
    expect(endings(last)).toEqual(['a:failed'])
  })
  it('beeps when the link is lost in mid-turn', () => {
    const { last } = tell(online, wake('a'), ack('a'), spoke('a'), play('a'), { type: 'link_lost', sessionId: 'a' })
    expect(sounds(last)).toEqual(['error'])
    expect(endings(last)).toEqual(['a:link_lost'])
  })
  it('gives up thinking after a while and says so', () => {
    const { last } = tell(online, wake('a'), ack('a'), spoke('a'), {
      type: 'timer_elapsed',
      sessionId: 'a',
      timer: 'thinking',
    })
    expect(sounds(last)).toEqual(['say failed'])
    expect(endings(last)).toEqual(['a:timeout'])
  })
})

describe('a muted speaker', () => {
  const muted = tell(online, { type: 'mute_changed', muted: true }).state
  it('does not wake', () => {
    expect(tell(muted, wake('a')).effects).toEqual([])
  })
  it('tells by a sound why a button press starts nothing', () => {
    expect(sounds(tell(muted, { type: 'button_pressed', newSessionId: 'a', atMs: 0 }).effects)).toEqual(['muted'])
  })
  it('stops listening at once', () => {
    const { state, last } = tell(online, wake('a'), { type: 'mute_changed', muted: true })
    expect(state.phase).toBe('idle')
    expect(endings(last)).toEqual(['a:cancelled'])
  })
})

describe('a microphone that is gone', () => {
  const gone = (atMs: number): DialogEvent => ({ type: 'microphone_changed', works: false, atMs })
  const back: DialogEvent = { type: 'microphone_changed', works: true, atMs: 0 }
  const press = (newSessionId: string): DialogEvent => ({ type: 'button_pressed', newSessionId, atMs: 0 })
  it('is said, at most once an hour', () => {
    expect(sounds(tell(online, gone(0), back, gone(60_000)).effects)).toEqual(['say no_microphone'])
    expect(sounds(tell(online, gone(0), back, gone(3_600_000)).last)).toEqual(['say no_microphone'])
  })
  it('in mid-turn ends the turn and says why, every time', () => {
    const { state, effects, last } = tell(online, gone(0), back, wake('a'), ack('a'), gone(60_000))
    expect(state.phase).toBe('idle')
    expect(endings(effects)).toEqual(['a:failed'])
    expect(sounds(last)).toEqual(['say no_microphone'])
  })
  it('changes nothing while it thinks or speaks: what was said is known', () => {
    const { state } = tell(online, wake('a'), ack('a'), spoke('a'), gone(0))
    expect(state.phase).toBe('thinking')
  })
  it('is told to who presses the button, until it is back', () => {
    expect(sounds(tell(online, gone(0), press('a')).last)).toEqual(['say no_microphone'])
    expect(tell(online, gone(0), back, press('a')).state.phase).toBe('listening')
  })
  it('takes no follow-up', () => {
    const asked = tell(online, wake('a'), ack('a'), spoke('a'), play('a', true), {
      type: 'playback_finished',
      sessionId: 'a',
    }).state
    expect(asked.phase).toBe('expecting')
    expect(tell(asked, gone(0)).state.phase).toBe('idle')
  })
})
