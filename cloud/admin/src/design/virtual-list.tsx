import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { isJump, visibleRows } from './visible-rows.ts'

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
  const shown = useRef(range)
  const latestSchedule = useRef(() => {})
  const count = items.length

  const measure = () => {
    const topPx = list.current?.getBoundingClientRect().top ?? 0
    const sight = { topPx, viewportPx: window.innerHeight, rowPx, count }
    const next = visibleRows(sight)
    // After a jump all rows are new: those in sight first, the spare ones in the frame after.
    const isNew = isJump(shown.current, next)
    shown.current = isNew ? visibleRows({ ...sight, spare: 0 }) : next
    setRange((before) =>
      before.first === shown.current.first && before.end === shown.current.end ? before : shown.current,
    )
    if (isNew) latestSchedule.current()
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
    latestSchedule.current = schedule
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
