import { Card } from '../../design/card.tsx'
import { useText } from '../../i18n/language.ts'
import { speakerOf } from '../../live/speakers.ts'

/** What is being said at this moment. */
export const NowCard = ({ deviceId }: { readonly deviceId: string }) => {
  const t = useText()
  const speaker = speakerOf(deviceId)
  const turn = speaker?.turn.value
  if (!turn) {
    return (
      <Card title={t.speakers.nowTitle}>
        <p class="soft">{speaker?.device.value.online === false ? t.speakers.nowOffline : t.speakers.nowQuiet}</p>
      </Card>
    )
  }
  return (
    <Card title={t.speakers.livePhases[turn.phase]}>
      <div class="speech" aria-live="polite">
        {turn.heard && (
          <p class={`bubble ${turn.heard_is_final ? '' : 'bubble-unsure'}`}>
            <span class="bubble-who">{t.speakers.heard}</span>
            {turn.heard}
          </p>
        )}
        {turn.reply && (
          <p class="bubble bubble-reply">
            <span class="bubble-who">{t.speakers.reply}</span>
            {turn.reply}
          </p>
        )}
      </div>
    </Card>
  )
}
