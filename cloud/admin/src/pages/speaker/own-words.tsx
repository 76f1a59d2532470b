import type { OwnWordsReply } from '@mynah/shared/api/own-words.ts'
import { Mic } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { ConfirmButton } from '../../design/dialog.tsx'
import { SwitchRow } from '../../design/switch.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { useText } from '../../i18n/language.ts'
import { speakerOf } from '../../live/speakers.ts'
import { Loaded, type Resource, useResource } from '../../resource/resource.tsx'
import { failureText } from '../../session/failure-text.ts'
import { api, may } from '../../session/session.ts'
import { faultText } from '../detail-text.ts'
import { RecordWord } from './record-word.tsx'

type Props = { readonly deviceId: string; readonly homeId: string }
type Words = Extract<OwnWordsReply, { state: 'done' }>['words']

const WordRow = ({
  deviceId,
  word,
  active,
  isLocked,
  onReply,
}: {
  readonly deviceId: string
  readonly word: string
  readonly active: boolean
  readonly isLocked: boolean
  readonly onReply: (reply: OwnWordsReply) => void
}) => {
  const t = useText()
  const params = { device_id: deviceId, own_word: word }
  const set = async (wish: boolean) => {
    const answer = await api.call('setOwnWord', { params, body: { active: wish } })
    if (answer.ok) onReply(answer.value)
    else tellFailed(failureText(t, answer.error))
  }
  const forget = async () => {
    const answer = await api.call('forgetOwnWord', { params })
    if (!answer.ok) return tellFailed(failureText(t, answer.error))
    onReply(answer.value)
    if (answer.value.state === 'done') tellDone(t.ownWords.forgotten(word))
  }
  return (
    <li class="stack-tight">
      <SwitchRow
        label={t.ownWords.active(word)}
        {...(active ? {} : { hint: t.ownWords.resting })}
        checked={active}
        disabled={isLocked}
        onChange={(wish) => void set(wish)}
      />
      {!isLocked && (
        <div>
          <ConfirmButton
            kind="quiet"
            label={t.ownWords.forget}
            accessibleName={t.ownWords.forgetWord(word)}
            title={t.ownWords.forgetTitle(word)}
            text={t.ownWords.forgetText}
            onConfirm={forget}
          />
        </div>
      )}
    </li>
  )
}

const WordList = ({
  deviceId,
  homeId,
  words,
  onReply,
}: Props & { words: Words; onReply: (r: OwnWordsReply) => void }) => {
  const t = useText()
  const [isRecording, setRecording] = useState(false)
  const isLocked = !may(homeId, 'member')
  return (
    <>
      {words.length === 0 ? (
        <p>{t.ownWords.none}</p>
      ) : (
        <ul class="findings">
          {words.map(({ word, active }) => (
            <WordRow key={word} deviceId={deviceId} word={word} active={active} isLocked={isLocked} onReply={onReply} />
          ))}
        </ul>
      )}
      {!isLocked && (
        <div>
          <Button icon={Mic} onClick={() => setRecording(true)}>
            {t.ownWords.add}
          </Button>
        </div>
      )}
      {isRecording && <RecordWord deviceId={deviceId} onReply={onReply} onClose={() => setRecording(false)} />}
    </>
  )
}

/** What the speaker answered; one that knows nothing of such words, or does not answer, says so. */
const Answered = ({ reply, resource, ...of }: Props & { reply: OwnWordsReply; resource: Resource<OwnWordsReply> }) => {
  const t = useText()
  const take = (next: OwnWordsReply) => {
    if (next.state === 'done') resource.set(next)
    else if (next.state === 'no_answer') tellFailed(t.speakers.noAnswer)
    else tellFailed(t.speakers.refused(faultText(t, next.error)))
  }
  if (reply.state === 'no_answer') return <p>{t.speakers.noAnswer}</p>
  if (reply.state === 'refused') return <p>{t.ownWords.tooOld}</p>
  return <WordList {...of} words={reply.words} onReply={take} />
}

const Asked = (of: Props) => {
  const resource = useResource(of.deviceId, (signal) =>
    api.call('listOwnWords', { params: { device_id: of.deviceId } }, { signal }),
  )
  return <Loaded resource={resource}>{(reply) => <Answered {...of} reply={reply} resource={resource} />}</Loaded>
}

/** The owner's wake words, which the speaker keeps and is asked for. */
export const OwnWordsCard = (of: Props) => {
  const t = useText()
  const isOnline = speakerOf(of.deviceId)?.device.value.online ?? false
  return (
    <Card title={t.ownWords.title}>
      <div class="stack">
        <p class="soft small">{t.ownWords.intro}</p>
        {isOnline ? <Asked {...of} /> : <p>{t.ownWords.offline}</p>}
      </div>
    </Card>
  )
}
