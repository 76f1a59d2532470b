import { signal } from '@preact/signals'
import { CircleAlert, CircleCheck, X } from 'lucide-preact'
import { useEffect, useRef } from 'preact/hooks'
import { useText } from '../i18n/language.ts'
import { browserClock } from '../time/browser-clock.ts'
import { IconButton } from './button.tsx'

type Toast = { readonly id: number; readonly tone: 'good' | 'bad'; readonly text: string }
const toasts = signal<readonly Toast[]>([])
const shownAtOnce = 3
let lastId = 0

const dismiss = (id: number) => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

const show = (tone: Toast['tone'], text: string, forMs: number) => {
  lastId += 1
  const id = lastId
  toasts.value = [...toasts.value, { id, tone, text }].slice(-shownAtOnce)
  browserClock.startTimer(forMs, () => dismiss(id))
}

/** Says that something was done, for four seconds. */
export const tellDone = (text: string): void => show('good', text, 4_000)
/** Says that something was not done and why, for long enough to read it. */
export const tellFailed = (text: string): void => {
  if (text !== '') show('bad', text, 9_000)
}

/** Where toasts appear: a popover, so that they are seen above an open dialog; the quiet twin is what a screen reader says. */
export const Toasts = () => {
  const t = useText()
  const frame = useRef<HTMLDivElement>(null)
  const shown = toasts.value
  useEffect(() => {
    if (frame.current?.matches(':popover-open')) frame.current.hidePopover()
    if (shown.length > 0) frame.current?.showPopover()
  }, [shown])
  return (
    <>
      <div class="only-read" role="status" aria-live="polite">
        {shown.at(-1)?.text}
      </div>
      <div ref={frame} class="toasts" popover="manual">
        {shown.map(({ id, tone, text }) => (
          <div key={id} class="toast" data-tone={tone}>
            {tone === 'good' ? (
              <CircleCheck size={18} aria-hidden="true" />
            ) : (
              <CircleAlert size={18} aria-hidden="true" />
            )}
            <span class="grow">{text}</span>
            <IconButton label={t.actions.close} icon={X} onClick={() => dismiss(id)} />
          </div>
        ))}
      </div>
    </>
  )
}
