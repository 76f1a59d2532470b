import { milliseconds } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { axisTicks, type WaterfallBar } from './waterfall-bars.ts'

const looks: Readonly<Record<WaterfallBar['hop'], string>> = {
  end_of_speech_to_commit: 'bar-silence',
  stt_final: 'bar-engine',
  dialogue: 'bar-engine',
  llm_first_token: 'bar-model',
  tts_first_audio: 'bar-voice',
  rest: 'bar-path',
}
const width = 640
const labelWidth = 170
const rowHeight = 30
const valueWidth = 64

/** Bars over time. A screen reader gets the same as a sentence for each bar. */
export const Waterfall = ({ bars, label }: { readonly bars: readonly WaterfallBar[]; readonly label: string }) => {
  const t = useText()
  const endMs = Math.max(...bars.map(({ startMs, durationMs }) => startMs + durationMs))
  const x = (ms: number) => labelWidth + (ms / endMs) * (width - labelWidth - valueWidth)
  const bottom = bars.length * rowHeight
  const sentence = bars.map(({ hop, durationMs }) => `${t.conversations.hops[hop]}: ${milliseconds(durationMs)}`)
  return (
    <svg
      class="waterfall"
      viewBox={`0 0 ${width} ${bottom + 26}`}
      role="img"
      aria-label={`${label}. ${sentence.join('. ')}. ${t.conversations.firstSound}: ${milliseconds(endMs)}`}
    >
      {axisTicks(endMs).map((tickMs) => (
        <g key={tickMs}>
          <line x1={x(tickMs)} x2={x(tickMs)} y1={0} y2={bottom + 6} />
          <text class="axis" x={x(tickMs)} y={bottom + 21} text-anchor="middle">
            {milliseconds(tickMs)}
          </text>
        </g>
      ))}
      <line class="mark" x1={x(endMs)} x2={x(endMs)} y1={0} y2={bottom + 6} />
      {bars.map(({ hop, startMs, durationMs }, row) => (
        <g key={hop}>
          <text x={labelWidth - 12} y={row * rowHeight + 20} text-anchor="end">
            {t.conversations.hops[hop]}
          </text>
          <rect
            class={looks[hop]}
            x={x(startMs)}
            y={row * rowHeight + 6}
            width={Math.max(2, x(startMs + durationMs) - x(startMs))}
            height={rowHeight - 12}
            rx={4}
          />
          <text x={x(startMs + durationMs) + 7} y={row * rowHeight + 20}>
            {milliseconds(durationMs)}
          </text>
        </g>
      ))}
    </svg>
  )
}
