import { describe, expect, it } from 'vitest'
import type { DialogueEvent } from '../../src/dialogue/dialogue.ts'
import { StageError } from '../../src/providers/stages.ts'
import { startConversation } from './conversation.ts'
import { type ScriptLine, scriptedModel, words } from './scripted-model.ts'

const startWith = (...scripts: readonly (readonly ScriptLine[])[]) => {
  let scripted: ReturnType<typeof scriptedModel> | undefined
  const conversation = startConversation({
    languageModel: (clock) => {
      scripted = scriptedModel(clock, scripts)
      return scripted.model
    },
  })
  if (!scripted) throw new Error('no model was asked for')
  return { ...conversation, scripted }
}

const call = (name: string, args: unknown, callId = 'c1'): ScriptLine => ({
  type: 'tool_calls',
  calls: [{ callId, name, argumentsJson: typeof args === 'string' ? args : JSON.stringify(args) }],
})

describe('a request no skill understands', () => {
  it('is answered by the model, sentence by sentence', async () => {
    const { say, scripted } = startWith(
      words('The sky', ' is blue. Because', ' of Rayleigh scattering', '. Shall I go on?'),
    )
    const said = await say('hey jarvis, why is the sky blue')
    expect(said.sentences).toEqual(['The sky is blue.', 'Because of Rayleigh scattering.', 'Shall I go on?'])
    expect(said.done).toMatchObject({ answeredBy: 'llm', expectsReply: true, toolsCalled: [], llmFirstTokenMs: 0 })
    expect(scripted.requests[0]?.messages.at(-1)).toEqual({ role: 'user', content: 'why is the sky blue' })
  })

  it('gets its first sentence before the model has finished', async () => {
    const { clock, dialogue, requestFor } = startWith([
      ...words('First. '),
      { type: 'wait', delayMs: 5_000 },
      ...words('Second.'),
    ])
    const events = dialogue
      .reply(requestFor('tell me about birds'), new AbortController().signal)
      [Symbol.asyncIterator]()
    expect((await events.next()).value).toEqual({ type: 'sentence', text: 'First.', language: 'en' })
    const next = events.next()
    await clock.advance(5_000)
    expect((await next).value).toMatchObject({ text: 'Second.' })
  })

  it('is bridged by a sentence when the model is slow, which is not part of the memory', async () => {
    const { say, clock } = startWith([{ type: 'wait', delayMs: 4_000 }, ...words('Here it is.')])
    const reply = say('tell me about birds')
    await clock.advance(4_000)
    expect((await reply).sentences).toEqual(['One moment.', 'Here it is.'])
    expect((await reply).done?.llmFirstTokenMs).toBe(4_000)
    expect((await say('repeat that')).text).toBe('Here it is.')
  })

  it('fails with a time-out when the model stays silent, and leaves no timer behind', async () => {
    const { say, clock, scripted } = startWith([{ type: 'wait', delayMs: 60_000 }])
    const failure = say('鸟为什么会飞').catch((error: unknown) => error)
    await clock.advance(11_999)
    await clock.advance(1)
    expect(await failure).toMatchObject({ name: 'StageError', stage: 'llm', code: 'timeout' })
    expect(scripted.abortCount()).toBe(1)
    expect(clock.pendingTimers()).toBe(0)
  })

  it('fails when the model falls silent inside its reply', async () => {
    const { say, clock } = startWith([...words('One. '), { type: 'wait', delayMs: 60_000 }])
    const failure = say('count slowly').catch((error: unknown) => error)
    await clock.advance(16_000)
    expect(await failure).toMatchObject({ stage: 'llm', code: 'timeout' })
  })

  it('fails as the model fails', async () => {
    const error = new StageError('llm', 'refused', 'the language model server refused the key (HTTP 401)')
    const { say } = startWith([{ type: 'fail', error }])
    await expect(say('tell me about birds')).rejects.toBe(error)
    await expect(startWith([]).say('tell me about birds')).rejects.toMatchObject({ code: 'bad_reply' })
  })

  it('stops at once when the turn is aborted, and the model with it', async () => {
    const { clock, dialogue, requestFor, scripted } = startWith([
      ...words('One. '),
      { type: 'wait', delayMs: 5_000 },
      ...words('Two.'),
    ])
    const abort = new AbortController()
    const events: DialogueEvent[] = []
    for await (const event of dialogue.reply(requestFor('count slowly'), abort.signal)) {
      events.push(event)
      abort.abort()
    }
    expect(events).toHaveLength(1)
    expect(scripted.abortCount()).toBe(1)
    await clock.advance(0)
    expect(clock.pendingTimers()).toBe(0)
  })
})

describe('tools of the model', () => {
  it('set a timer as the local skill does, and the model tells of it', async () => {
    const { say, scripted } = startWith(
      [call('set_timer', { duration_seconds: 420, label: 'egg' })],
      words('Your egg gets seven minutes.'),
    )
    const said = await say('my egg should become hard, take care of it')
    expect(said.actions).toMatchObject([
      {
        type: 'schedule',
        change: {
          action: 'set',
          item: { kind: 'timer', duration_ms: 420_000, label: 'egg', fires_at: '2026-01-01T14:22:00.000Z' },
        },
      },
    ])
    expect(said.text).toBe('Your egg gets seven minutes.')
    expect(said.done?.toolsCalled).toEqual(['set_timer'])
    expect(scripted.requests[1]?.messages.slice(-2)).toMatchObject([
      { role: 'assistant_tool_calls' },
      { role: 'tool', callId: 'c1' },
    ])
  })

  it('see what is set, and what they set themselves', async () => {
    const { say, scripted, speaker } = startWith(
      [call('set_alarm', { time: '07:30', in_days: 1 }), call('list_schedule', {}, 'c2')],
      [call('cancel_schedule', { all_of_kind: 'alarm' }), call('set_volume', { volume: 20 }, 'c3')],
      words('Done.'),
    )
    await say('do some things with my alarms')
    const listed = scripted.requests[1]?.messages.at(-1)
    expect(listed).toMatchObject({
      role: 'tool',
      content: expect.stringContaining('seven thirty in the morning tomorrow'),
    })
    expect(speaker()).toMatchObject({ volume: 20, schedule: [] })
  })

  it('no longer see what they have cancelled', async () => {
    const { say, scripted } = startWith(
      [call('set_alarm', { time: '07:30' }), call('set_timer', { duration_seconds: 60 }, 'c2')],
      [call('cancel_schedule', { all_of_kind: 'alarm' }), call('list_schedule', {}, 'c4')],
      words('Done.'),
    )
    await say('do some things with my alarms')
    const listed = scripted.requests[2]?.messages.at(-1)
    expect(listed).toMatchObject({ role: 'tool', content: expect.stringContaining('"timer"') })
    expect(listed).toMatchObject({ content: expect.not.stringContaining('"alarm"') })
  })

  it.each([
    ['set_timer', { duration_seconds: -5 }],
    ['set_timer', '{"duration_seconds":'],
    ['set_alarm', { time: '25:00' }],
    ['set_volume', { volume: 1_000 }],
    ['cancel_schedule', { item_id: 'nothing' }],
    ['get_time', { time_zone: 'Mars/Olympus' }],
    ['open_door', {}],
  ])('tell the model when %s %j is wrong', async (name, args) => {
    const { say, scripted } = startWith([call(name, args)], words('I could not do that.'))
    const said = await say('do something odd')
    expect(said.actions).toEqual([])
    expect(scripted.requests[1]?.messages.at(-1)).toMatchObject({
      role: 'tool',
      content: expect.stringContaining('"error"'),
    })
  })

  it('are not run for ever', async () => {
    const again = Array.from({ length: 20 }, () => [call('get_time', {})])
    const { say, scripted } = startWith(...again)
    expect((await say('loop please forever')).text).toBe('Done.')
    expect(scripted.requests.length).toBe(4)
  })
})

describe('memory', () => {
  it('gives the model what was said before, by skills too', async () => {
    const { say, scripted } = startWith(words('It is a bird.'), words('It talks.'))
    await say('what day is it')
    await say('explain what a mynah is')
    await say('and why do people like it so')
    expect(scripted.requests[1]?.messages.slice(1)).toEqual([
      { role: 'user', content: 'what day is it' },
      { role: 'assistant', content: "It's Thursday, January first." },
      { role: 'user', content: 'explain what a mynah is' },
      { role: 'assistant', content: 'It is a bird.' },
      { role: 'user', content: 'and why do people like it so' },
    ])
  })

  it.each(['yes please', 'no thanks', 'the first one', 'ten minutes'])(
    'gives the model the answer to what it asked: "%s"',
    async (answer) => {
      const { say, scripted } = startWith(words('Would you like to hear more?'), words('As you like.'))
      await say('explain what a mynah is')
      expect(await say(answer)).toMatchObject({ text: 'As you like.', done: { answeredBy: 'llm' } })
      expect(scripted.requests[1]?.messages.at(-1)).toEqual({ role: 'user', content: answer })
    },
  )

  it.each(['and in London?', 'no, ten minutes', 'add five minutes'])(
    'gives the model what goes on with its own words: "%s"',
    async (text) => {
      const { say } = startWith(words('Tokyo is large.'), words('So is that.'))
      await say('explain how large tokyo is')
      expect((await say(text, { conversationId: 'next wake' })).done?.answeredBy).toBe('llm')
    },
  )

  it('leaves an answer to the skill that asked', async () => {
    const { say } = startWith(words('It is a bird.'))
    await say('explain what a mynah is')
    await say('set a timer')
    expect((await say('ten minutes')).text).toBe('Timer set for ten minutes.')
  })

  it('keeps only what was heard of a reply that was cut off', async () => {
    const { say, scripted, dialogue } = startWith(
      words('It is a bird. It talks. It flies.'),
      words('Yes.'),
      words('Yes.'),
    )
    await say('explain what a mynah is')
    dialogue.recordHeard({ conversationId: 'conversation-1', sessionId: 'turn-1' }, 'It is a bird.')
    await say('go on with that')
    expect(scripted.requests[1]?.messages[2]).toEqual({ role: 'assistant', content: 'It is a bird.' })
    dialogue.recordHeard({ conversationId: 'conversation-1', sessionId: 'turn-2' }, '')
    await say('go on with that')
    expect(scripted.requests[2]?.messages.map((message) => 'content' in message && message.content)).not.toContain(
      'Yes.',
    )
  })

  it('cuts the reply that was cut off, also when the speaker tells it during the next turn', async () => {
    const { say, scripted, dialogue } = startWith(words('It is a bird. It talks.'), words('Very.'), words('Yes.'))
    await say('explain what a mynah is')
    await say('and why do people like it so')
    dialogue.recordHeard({ conversationId: 'conversation-1', sessionId: 'turn-1' }, 'It is a bird.')
    await say('go on with that')
    const replies = scripted.requests[2]?.messages.filter(({ role }) => role === 'assistant')
    expect(replies).toEqual([
      { role: 'assistant', content: 'It is a bird.' },
      { role: 'assistant', content: 'Very.' },
    ])
  })

  it('is apart for each conversation, and gone after ten minutes', async () => {
    const { say, scripted, clock } = startWith(words('A.'), words('B.'), words('C.'))
    await say('remember the number five for me')
    await say('which number did i say', { conversationId: 'another' })
    expect(scripted.requests[1]?.messages).toHaveLength(2)
    await clock.advance(600_001)
    await say('which number did i say')
    expect(scripted.requests[2]?.messages).toHaveLength(2)
  })

  it('is bounded in turns and characters', async () => {
    const scripts = Array.from({ length: 60 }, () => words('Something rather long is said here each time. '.repeat(20)))
    const { say, scripted } = startWith(...scripts)
    for (let turn = 0; turn < 60; turn += 1) await say(`question number ${turn} about ${'birds '.repeat(20)}`)
    const messages = scripted.requests.at(-1)?.messages ?? []
    const characters = messages.reduce((sum, message) => sum + ('content' in message ? message.content.length : 0), 0)
    expect(messages.length).toBeLessThan(28)
    expect(characters).toBeLessThan(8_000)
  })
})
