import type { FromDeviceMessage, ToDeviceMessage } from '@mynah/shared/wire/topics.ts'
import { beforeEach, describe, expect, test } from 'vitest'
import { apiPerTest } from './api-per-test.ts'

const api = apiPerTest(['kitchen'])
const kitchen = { params: { device_id: 'kitchen' } }
const xiaozhi = { params: { device_id: 'kitchen', own_word: '小智小智' } }
type Command = ToDeviceMessage<'command'>['command']
type Answer = Omit<FromDeviceMessage<'command/ack'>, 'v' | 'command_id'>

/** The speaker answers each command so, after `afterMs`; without an answer it stays silent. */
const answering = (answer?: Answer, afterMs = 0) => {
  const asked: Command[] = []
  const { memory, clock, broker } = api.fixture
  api.fixture.report('kitchen')
  broker.onPublish(({ kind, message }) => {
    if (kind !== 'command') return
    // The message of this kind.
    const { command_id, command } = message as ToDeviceMessage<'command'>
    asked.push(command)
    if (answer) {
      const ack = { v: 1, command_id, ...answer } as const
      clock.startTimer(afterMs, () => memory.receive({ deviceId: 'kitchen', kind: 'command/ack', message: ack }))
    }
    queueMicrotask(() => void clock.advance(answer ? afterMs : 20_000))
  })
  return asked
}
const words = [{ word: '小智小智', active: true }]

describe('the own wake words of a speaker', () => {
  test('are asked of the speaker, which must be there', async () => {
    expect(await api.admin.refusal('listOwnWords', kitchen)).toBe('device_offline')
    const asked = answering({ ok: true, report: { words } })
    expect(await api.admin.call('listOwnWords', kitchen)).toEqual({ state: 'done', words })
    expect(asked).toEqual([{ type: 'list_own_words' }])
  })

  test('are recorded at its microphone, for which there is time, and only how good it was comes back', async () => {
    const recording = { recording: 2, quality: 'too_quiet', level_dbfs: -52, length_ms: 900, learned: false } as const
    const asked = answering({ ok: true, report: { words: [], recording, sound: 'UklGRg==' } }, 9_000)
    expect(await api.admin.call('recordOwnWord', { ...xiaozhi, body: { recording: 2 } })).toEqual({
      state: 'done',
      words: [],
      recording,
    })
    expect(asked).toEqual([{ type: 'record_own_word', word: '小智小智', recording: 2 }])
  })

  test('are put to rest and forgotten by their names', async () => {
    const asked = answering({ ok: true, report: { words: [] } })
    await api.admin.call('setOwnWord', { ...xiaozhi, body: { active: false } })
    await api.admin.call('forgetOwnWord', xiaozhi)
    expect(asked).toEqual([
      { type: 'set_own_word', word: '小智小智', active: false },
      { type: 'forget_own_word', word: '小智小智' },
    ])
  })

  test('stay what they were when the speaker refuses, and the reason is told', async () => {
    const error = { code: 'muted', message: 'the microphone is muted' }
    answering({ ok: false, error })
    expect(await api.admin.call('recordOwnWord', { ...xiaozhi, body: { recording: 1 } })).toEqual({
      state: 'refused',
      error,
    })
  })

  test('are not known while the speaker does not answer', async () => {
    answering()
    expect(await api.admin.call('listOwnWords', kitchen)).toEqual({ state: 'no_answer' })
  })

  test('are unknown of a speaker that answers something else', async () => {
    answering({ ok: true, report: { words: 'many' } })
    expect(await api.admin.call('listOwnWords', kitchen)).toMatchObject({
      state: 'refused',
      error: { code: 'bad_reply' },
    })
  })

  test('need a name and one of three recordings', async () => {
    const asked = answering({ ok: true, report: { words } })
    const named = (own_word: string) => ({ params: { device_id: 'kitchen', own_word } })
    for (const name of ['x'.repeat(51), 'a\u0000b', ' ']) {
      expect(await api.admin.refusal('forgetOwnWord', named(name))).not.toBe('ok')
    }
    const body = { recording: 4 as 3 }
    expect(await api.admin.refusal('recordOwnWord', { ...xiaozhi, body })).toBe('bad_request')
    expect(asked).toEqual([])
  })
})

describe('who may', () => {
  beforeEach(() => {
    answering({ ok: true, report: { words } })
  })
  test('a member records and removes, a viewer only looks', async () => {
    const member = await api.fixture.invite(api.admin, api.homeId, 'member', 'mia')
    const viewer = await api.fixture.invite(api.admin, api.homeId, 'viewer', 'vera')
    expect(await member.refusal('recordOwnWord', { ...xiaozhi, body: { recording: 1 } })).toBe('ok')
    expect(await member.refusal('forgetOwnWord', xiaozhi)).toBe('ok')
    expect(await viewer.refusal('listOwnWords', kitchen)).toBe('ok')
    expect(await viewer.refusal('recordOwnWord', { ...xiaozhi, body: { recording: 1 } })).toBe('forbidden')
    expect(await viewer.refusal('setOwnWord', { ...xiaozhi, body: { active: false } })).toBe('forbidden')
    expect(await viewer.refusal('forgetOwnWord', xiaozhi)).toBe('forbidden')
  })
  test('what changes something is in the audit, without the word; a look is not', async () => {
    await api.admin.call('listOwnWords', kitchen)
    await api.admin.call('recordOwnWord', { ...xiaozhi, body: { recording: 1 } })
    const sent = (await api.admin.call('listAudit', { params: { home_id: api.homeId } })).items.filter(
      ({ action }) => action === 'command_sent',
    )
    expect(sent.map(({ detail }) => detail)).toEqual([{ command: 'record_own_word' }])
  })
})
