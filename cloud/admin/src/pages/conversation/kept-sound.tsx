import type { TurnDetail } from '@mynah/shared/api/turns.ts'
import { Play } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { ConfirmButton } from '../../design/dialog.tsx'
import { tellDone, tellFailed } from '../../design/toast.tsx'
import { milliseconds } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { failureText } from '../../session/failure-text.ts'
import { api } from '../../session/session.ts'

type Part = 'getHeardSound' | 'getSpokenSound'

/** One direction, fetched when somebody wants to hear it: the sound needs the token that an address cannot carry. */
const Track = ({
  sessionId,
  part,
  name,
  lengthMs,
}: {
  readonly sessionId: string
  readonly part: Part
  readonly name: string
  readonly lengthMs: number
}) => {
  const t = useText()
  const [url, setUrl] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  useEffect(() => () => (url === undefined ? undefined : URL.revokeObjectURL(url)), [url])
  const load = async () => {
    setBusy(true)
    const sound = await api.call(part, { params: { session_id: sessionId } })
    setBusy(false)
    if (sound.ok) setUrl(URL.createObjectURL(new Blob([sound.value.slice()], { type: 'audio/wav' })))
    else tellFailed(failureText(t, sound.error))
  }
  return (
    <div class="stack-tight">
      <h3>{name}</h3>
      {url === undefined ? (
        <div>
          <Button
            icon={Play}
            busy={isBusy}
            onClick={() => void load()}
            aria-label={`${name}: ${t.home.keeping.load(milliseconds(lengthMs))}`}
          >
            {t.home.keeping.load(milliseconds(lengthMs))}
          </Button>
        </div>
      ) : (
        // biome-ignore lint/a11y/useMediaCaption: what is said stands in the conversation beside it.
        <audio controls autoplay src={url} aria-label={name} />
      )}
    </div>
  )
}

/** What was kept of the sound of a turn: to listen to, and to delete. */
export const KeptSound = ({ turn, onDeleted }: { readonly turn: TurnDetail; readonly onDeleted: () => void }) => {
  const t = useText()
  const { sound, session_id: sessionId } = turn
  if (sound === null) return null
  const remove = async () => {
    const deleted = await api.call('deleteTurnSound', { params: { session_id: sessionId } })
    if (!deleted.ok) {
      tellFailed(failureText(t, deleted.error))
      return
    }
    tellDone(t.home.keeping.soundDeleted)
    onDeleted()
  }
  return (
    <Card title={t.home.keeping.soundChoice}>
      <div class="stack">
        {sound.heard_ms > 0 && (
          <Track sessionId={sessionId} part="getHeardSound" name={t.home.keeping.heard} lengthMs={sound.heard_ms} />
        )}
        {sound.spoken_ms > 0 && (
          <Track sessionId={sessionId} part="getSpokenSound" name={t.home.keeping.spoken} lengthMs={sound.spoken_ms} />
        )}
        <div>
          <ConfirmButton
            kind="secondary"
            label={t.home.keeping.deleteSound}
            title={t.home.keeping.deleteSoundTitle}
            text={t.home.keeping.deleteSoundText}
            confirmLabel={t.actions.delete}
            onConfirm={remove}
          />
        </div>
      </div>
    </Card>
  )
}
