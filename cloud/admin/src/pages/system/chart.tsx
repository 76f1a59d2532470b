import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { theme } from '../../design/theme.ts'
import { locale } from '../../i18n/language.ts'

export type ChartSeries = {
  readonly label: string
  /** Name of a design token, such as `--accent`. */
  readonly colour: string
  readonly values: readonly (number | null)[]
  readonly look: 'line' | 'bars'
}

type ChartProps = {
  readonly label: string
  /** Seconds since the epoch, ascending. */
  readonly at: readonly number[]
  readonly series: readonly ChartSeries[]
  readonly format: (value: number) => string
  readonly timeLabel: string
}

const heightPx = 220
/** Between the lines of the scale: what is shown is counted, or measured in milliseconds. */
const wholeSteps = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power))

/** Resolves a token to what a canvas understands: it knows nothing of light-dark(). */
const colourOf = (element: HTMLElement, token: string): string => {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  element.append(probe)
  const resolved = getComputedStyle(probe).color
  probe.remove()
  return resolved
}

const tellLatest = (plot: uPlot) => {
  if (plot.cursor.idx === null || plot.cursor.idx === undefined) plot.setLegend({ idx: plot.data[0].length - 1 }, false)
}

const optionsOf = (
  element: HTMLElement,
  series: readonly ChartSeries[],
  { format, timeLabel, slotS }: Pick<ChartProps, 'format' | 'timeLabel'> & { readonly slotS: number },
): uPlot.Options => {
  const font = `12px ${getComputedStyle(element).fontFamily}`
  const axis = {
    font,
    stroke: colourOf(element, '--ink-soft'),
    grid: { stroke: colourOf(element, '--line'), width: 1 },
  }
  const time = new Intl.DateTimeFormat(locale.peek(), { hour: '2-digit', minute: '2-digit' })
  const day = new Intl.DateTimeFormat(locale.peek(), { month: 'short', day: 'numeric' })
  const full = new Intl.DateTimeFormat(locale.peek(), { dateStyle: 'short', timeStyle: 'short' })
  const label = (at: number, spanS: number) => (spanS > 2 * 86_400 ? day : time).format(at * 1_000)
  return {
    width: element.clientWidth,
    height: heightPx,
    cursor: { y: false },
    // Nobody points at a time: the latest one is told.
    hooks: { ready: [tellLatest], setCursor: [tellLatest] },
    // Half a slot on either side, so that the first and the last bar are whole.
    scales: {
      x: { range: (_, min, max) => [min - slotS / 2, max + slotS / 2] },
      y: { range: (_, min, max) => [Math.min(0, min ?? 0), Math.max(max ?? 0, 1) * 1.1] },
    },
    axes: [
      {
        ...axis,
        values: (_, splits) => {
          const spanS = (splits.at(-1) ?? 0) - (splits[0] ?? 0)
          return splits.map((at) => label(at, spanS))
        },
      },
      { ...axis, size: 64, incrs: wholeSteps, values: (_, splits) => splits.map((value) => format(value)) },
    ],
    series: [
      { label: timeLabel, value: (_, at) => (at === null ? '' : full.format(at * 1_000)) },
      ...series.map(({ label: name, colour, look }) => ({
        label: name,
        stroke: colourOf(element, colour),
        width: look === 'line' ? 2 : 0,
        spanGaps: true,
        points: { show: look === 'line', size: 5 },
        ...(look === 'bars' ? { fill: colourOf(element, colour), paths: uPlot.paths.bars?.({ size: [0.7, 40] }) } : {}),
        value: (_: uPlot, value: number | null) => (value === null ? '–' : format(value)),
      })),
    ] as uPlot.Series[], // `paths` may be undefined, which uPlot takes as its default line.
  }
}

/** Figures over time. `label` says in words what the picture shows. It is drawn again when its figures, language, appearance or width change. */
export const Chart = ({ label, at, series, format, timeLabel }: ChartProps) => {
  const frame = useRef<HTMLDivElement>(null)
  const look = theme.value
  const language = locale.value
  const figures = JSON.stringify([at, series])
  // figures, look and language are what a drawing is made of.
  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    const slotS = (at[1] ?? 0) - (at[0] ?? 0)
    const plot = new uPlot(
      optionsOf(element, series, { format, timeLabel, slotS }),
      [[...at], ...series.map(({ values }) => [...values])],
      element,
    )
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      plot.destroy()
    }
  }, [figures, look, language])
  return <div ref={frame} class="chart" role="img" aria-label={label} />
}
