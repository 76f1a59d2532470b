import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { visibleRows } from './visible-rows.ts'

/** A list that scrolls with the page and holds only the rows in sight, so that a thousand cost as little as twenty. Rows are `rowPx` high. */
export const VirtualList = <T,>({
  items,
  keyOf,
  rowPx,
  label,
  class: className,
  children,
}: {
  readonly items: readonly T[]
  readonly keyOf: (item: T) => string
  readonly rowPx: number
  readonly label: string
  readonly class: string
  readonly children: (item: T) => ComponentChildren
}) => {
  const list = useRef<HTMLUListElement>(null)
  const [range, setRange] = useState({ first: 0, end: 20 })
  const count = items.length

  const measure = () => {
    const topPx = list.current?.getBoundingClientRect().top ?? 0
    const next = visibleRows({ topPx, viewportPx: window.innerHeight, rowPx, count })
    setRange((before) => (before.first === next.first && before.end === next.end ? before : next))
  }
  const latestMeasure = useRef(measure)
  latestMeasure.current = measure
  // another count of rows is measured again.
  useLayoutEffect(() => latestMeasure.current(), [count])
  useEffect(() => {
    let frame = 0
    const schedule = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => latestMeasure.current())
    }
    window.addEventListener('scroll', schedule, { passive: true })
    window.addEventListener('resize', schedule)
    return () => {
      cancelAnimationFrame(frame)
      window.removeEventListener('scroll', schedule)
      window.removeEventListener('resize', schedule)
    }
  }, [])

  return (
    <ul ref={list} class={className} aria-label={label} style={{ height: `${count * rowPx}px` }}>
      {items.slice(range.first, range.end).map((item, offset) => {
        const position = range.first + offset
        return (
          <li
            key={keyOf(item)}
            aria-setsize={count}
            aria-posinset={position + 1}
            style={{ transform: `translateY(${position * rowPx}px)` }}
          >
            {children(item)}
          </li>
        )
      })}
    </ul>
  )
}
