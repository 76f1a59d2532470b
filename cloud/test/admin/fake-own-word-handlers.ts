import type { OwnWordsReply } from '@mynah/shared/api/own-words.ts'
import type { Handlers } from './fake-call.ts'
import { FakeProblem } from './fake-problem.ts'
import type { FakeState } from './fake-state.ts'

const replyOf = (state: FakeState, deviceId: string): Extract<OwnWordsReply, { state: 'done' }> => {
  if (!state.devices.get(deviceId)?.online) throw new FakeProblem(409, 'device_offline')
  return { state: 'done', words: state.ownWords }
}

export const ownWordHandlers: Handlers = {
  listOwnWords: ({ state, params }) => replyOf(state, params.device_id),
  recordOwnWord: ({ state, params, body: { recording } }) => {
    const quality = state.nextQualities.shift() ?? 'good'
    const learned = quality === 'good' && recording === 3
    const others = state.ownWords.filter(({ word }) => word !== params.own_word)
    if (learned) state.ownWords = [...others, { word: params.own_word, active: true }]
    const measures = quality === 'no_voice' ? {} : { level_dbfs: -24, length_ms: 920 }
    return { ...replyOf(state, params.device_id), recording: { recording, quality, ...measures, learned } }
  },
  setOwnWord: ({ state, params, body }) => {
    state.ownWords = state.ownWords.map((one) => (one.word === params.own_word ? { ...one, ...body } : one))
    return replyOf(state, params.device_id)
  },
  forgetOwnWord: ({ state, params }) => {
    state.ownWords = state.ownWords.filter(({ word }) => word !== params.own_word)
    return replyOf(state, params.device_id)
  },
}
