import type { TurnDetail } from '@mynah/shared/api/turns.ts'
import { Card, Facts } from '../design/card.tsx'
import { Waterfall } from '../design/waterfall.tsx'
import { waterfallBars } from '../design/waterfall-bars.ts'
import { milliseconds } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'

/** Where the time of a turn went, as a picture and as figures. */
export const TurnTimes = ({ turn }: { readonly turn: TurnDetail }) => {
  const t = useText()
  const bars = waterfallBars(turn.timings)
  const hopNames: Readonly<Record<string, string>> = t.conversations.hopNames
  const figures = Object.entries(turn.timings)
  const { waterfallText, waterfallTyped, waterfallNone } = t.conversations
  const explained = turn.trigger === 'text' ? waterfallTyped : waterfallText
  return (
    <Card title={t.conversations.waterfall}>
      <div class="stack">
        <p class="soft">{bars.length > 0 ? explained : waterfallNone}</p>
        {bars.length > 0 && <Waterfall bars={bars} label={t.conversations.waterfall} />}
        {figures.length > 0 && (
          <details class="disclosure">
            <summary>{t.conversations.allFigures}</summary>
            <Facts rows={figures.map(([name, ms]) => [hopNames[name] ?? name, milliseconds(ms)] as const)} />
          </details>
        )}
      </div>
    </Card>
  )
}
