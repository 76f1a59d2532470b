import { useEffect, useRef, useState } from 'preact/hooks'
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

/** Beside its bar a name needs room; on a phone it stands above it. */
const layoutOf = (width: number) =>
  width < 520
    ? { barLeft: 8, rowHeight: 44, barTop: 22, barHeight: 14, nameX: 8, nameY: 15, anchor: 'start' as const }
    : { barLeft: 178, rowHeight: 30, barTop: 6, barHeight: 18, nameX: 166, nameY: 20, anchor: 'end' as const }
const figureRoom = 66

const useWidth = () => {
  const frame = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(640)
  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    const resized = new ResizeObserver(() => setWidth(Math.max(240, element.clientWidth)))
    resized.observe(element)
    return () => resized.disconnect()
  }, [])
  return { frame, width }
}

/** Bars over time. A screen reader gets the same as a sentence for each bar. */
export const Waterfall = ({ bars, label }: { readonly bars: readonly WaterfallBar[]; readonly label: string }) => {
  const t = useText()
  const { frame, width } = useWidth()
  const { barLeft, rowHeight, barTop, barHeight, nameX, nameY, anchor } = layoutOf(width)
  const endMs = Math.max(...bars.map(({ startMs, durationMs }) => startMs + durationMs))
  const x = (ms: number) => barLeft + (ms / endMs) * (width - barLeft - figureRoom)
  const bottom = bars.length * rowHeight
  const sentence = bars.map(({ hop, durationMs }) => `${t.conversations.hops[hop]}: ${milliseconds(durationMs)}`)
  return (
    <div ref={frame}>
      <svg
        class="waterfall"
        viewBox={`0 0 ${width} ${bottom + 26}`}
        role="img"
        aria-label={`${label}. ${sentence.join('. ')}. ${t.conversations.firstSound}: ${milliseconds(endMs)}`}
      >
        {axisTicks(endMs).map((tickMs) => (
          <g key={tickMs}>
            <line x1={x(tickMs)} x2={x(tickMs)} y1={0} y2={bottom + 6} />
            <text class="axis" x={x(tickMs)} y={bottom + 21} text-anchor={tickMs === 0 ? anchor : 'middle'}>
              {milliseconds(tickMs)}
            </text>
          </g>
        ))}
        <line class="mark" x1={x(endMs)} x2={x(endMs)} y1={0} y2={bottom + 6} />
        {bars.map(({ hop, startMs, durationMs }, row) => (
          <g key={hop}>
            <text x={nameX} y={row * rowHeight + nameY} text-anchor={anchor}>
              {t.conversations.hops[hop]}
            </text>
            <rect
              class={looks[hop]}
              x={x(startMs)}
              y={row * rowHeight + barTop}
              width={Math.max(2, x(startMs + durationMs) - x(startMs))}
              height={barHeight}
              rx={4}
            />
            <text x={x(startMs + durationMs) + 7} y={row * rowHeight + barTop + 13}>
              {milliseconds(durationMs)}
            </text>
          </g>
        ))}
      </svg>
    </div>
  )
}
