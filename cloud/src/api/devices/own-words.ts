import type { OwnWordsReply } from '@mynah/shared/api/own-words.ts'
import { type OwnWordCommand, ownWordsReportSchema } from '@mynah/shared/wire/own-words.ts'
import * as v from 'valibot'
import type { CommandOutcome } from '../../devices/steering.ts'
import { type Actions, type Call, done, refused } from '../action.ts'
import type { DevicesDeps } from './devices-deps.ts'

type Names = 'listOwnWords' | 'recordOwnWord' | 'setOwnWord' | 'forgetOwnWord'
type Asking = Pick<Call<'listOwnWords'>, 'params' | 'principal' | 'signal'>

const replyOf = (outcome: CommandOutcome): OwnWordsReply => {
  if (outcome.state !== 'done') return outcome
  const report = v.safeParse(ownWordsReportSchema, outcome.report)
  if (report.success) return { state: 'done', ...report.output }
  return { state: 'refused', error: { code: 'bad_reply', message: 'The speaker answered what this cloud cannot read' } }
}

/** The owner's wake words of one speaker, which alone keeps them. */
export const ownWordActions = ({ speakers, steering }: Pick<DevicesDeps, 'speakers' | 'steering'>): Actions<Names> => {
  const ask = async ({ params, principal, signal }: Asking, command: OwnWordCommand) => {
    const deviceId = params.device_id
    if (!speakers.find(deviceId)?.view.online) return refused('device_offline', 'This speaker is not connected.')
    return done(replyOf(await steering.command({ deviceId, command, actor: principal.actor }, signal)))
  }
  return {
    listOwnWords: (call) => ask(call, { type: 'list_own_words' }),
    recordOwnWord: (call) =>
      ask(call, { type: 'record_own_word', word: call.params.own_word, recording: call.body.recording }),
    setOwnWord: (call) => ask(call, { type: 'set_own_word', word: call.params.own_word, active: call.body.active }),
    forgetOwnWord: (call) => ask(call, { type: 'forget_own_word', word: call.params.own_word }),
  }
}
