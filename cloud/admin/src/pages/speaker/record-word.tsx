import type { OwnWordsReply } from '@mynah/shared/api/own-words.ts'
import { type Recording, type RecordingNumber, recordingsNeeded } from '@mynah/shared/wire/own-words.ts'
import { useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Badge } from '../../design/card.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { TextField } from '../../design/field.tsx'
import { Form, Problem, useSubmit } from '../../design/form.tsx'
import { tellDone } from '../../design/toast.tsx'
import type { Dictionary } from '../../i18n/en/en.ts'
import { decimal } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { failureText } from '../../session/failure-text.ts'
import { api } from '../../session/session.ts'
import { faultText } from '../detail-text.ts'

/** After a good one the next, else the same again. */
const nextOf = (last: Recording | undefined): RecordingNumber => {
  if (!last) return 1
  if (last.quality !== 'good' || last.recording === recordingsNeeded) return last.recording
  return last.recording === 1 ? 2 : 3
}

const measuresOf = (t: Dictionary, { level_dbfs: level, length_ms: lengthMs }: Recording): string =>
  level === undefined || lengthMs === undefined ? '' : t.ownWords.measured(decimal(level), decimal(lengthMs / 1_000, 2))

const Results = ({ recordings }: { readonly recordings: readonly Recording[] }) => {
  const t = useText()
  return (
    <ul class="findings graded" aria-live="polite">
      {recordings.map((one) => (
        <li key={one.recording} class="finding">
          <Badge tone={one.quality === 'good' ? 'good' : 'warn'}>{t.ownWords.recorded(decimal(one.recording))}</Badge>
          <span>
            {t.ownWords.qualities[one.quality]} <span class="soft small">{measuresOf(t, one)}</span>
          </span>
        </li>
      ))}
    </ul>
  )
}

/** Three recordings of one word at the speaker's own microphone, each told with how good it was. */
export const RecordWord = ({
  deviceId,
  onReply,
  onClose,
}: {
  readonly deviceId: string
  readonly onReply: (reply: OwnWordsReply) => void
  readonly onClose: () => void
}) => {
  const t = useText()
  const [word, setWord] = useState('')
  const [recordings, setRecordings] = useState<readonly Recording[]>([])
  const next = nextOf(recordings.at(-1))
  const record = async () => {
    const params = { device_id: deviceId, own_word: word.trim() }
    const answer = await api.call('recordOwnWord', { params, body: { recording: next } })
    if (!answer.ok) return failureText(t, answer.error)
    const reply = answer.value
    if (reply.state === 'no_answer') return t.speakers.noAnswer
    if (reply.state === 'refused') {
      // The speaker was started again meanwhile: what it had heard is gone.
      if (reply.error.code === 'recordings_lost') setRecordings([])
      return t.speakers.refused(faultText(t, reply.error))
    }
    const made = reply.recording
    if (!made) return t.speakers.noAnswer
    setRecordings((before) => [...before.filter(({ recording }) => recording < made.recording), made])
    if (!made.learned) return undefined
    onReply(reply)
    tellDone(t.ownWords.learned(params.own_word))
    onClose()
    return undefined
  }
  const { problem, isBusy, submit } = useSubmit(record)
  const hasBegun = recordings.length > 0
  return (
    <Dialog title={t.ownWords.add} onClose={onClose}>
      <Form onSubmit={submit}>
        <TextField
          label={t.ownWords.word}
          hint={t.ownWords.wordHint}
          required
          maxLength={50}
          disabled={hasBegun || isBusy}
          value={word}
          onInput={setWord}
        />
        <p class="soft">{t.ownWords.how}</p>
        {hasBegun && <Results recordings={recordings} />}
        <Problem text={problem} />
        <div class="dialog-actions">
          <Button disabled={!hasBegun || isBusy} onClick={() => setRecordings([])}>
            {t.ownWords.again}
          </Button>
          <Button kind="primary" type="submit" busy={isBusy} disabled={word.trim() === ''}>
            {isBusy ? t.ownWords.recordNow : t.ownWords.record(decimal(next))}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
