import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

/** A form that goes nowhere by itself: what is filled in is checked by the browser, then `onSubmit` runs. */
export const Form = ({
  class: className = 'stack',
  onSubmit,
  children,
}: {
  readonly class?: string
  readonly onSubmit: () => void | Promise<void>
  readonly children: ComponentChildren
}) => (
  <form
    class={className}
    onSubmit={(event) => {
      event.preventDefault()
      void onSubmit()
    }}
  >
    {children}
  </form>
)

/** What went wrong, told to screen readers as it appears; nothing while nothing has. */
export const Problem = ({ text }: { readonly text: string | undefined }) =>
  text === undefined || text === '' ? null : (
    <p class="field-error" role="alert">
      {text}
    </p>
  )

/** Runs what a form is for, one at a time: `run` gives what went wrong, to be shown as `problem`, or undefined. */
export const useSubmit = (run: () => Promise<string | undefined>) => {
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const submit = async () => {
    if (isBusy) return
    setBusy(true)
    setProblem(await run())
    setBusy(false)
  }
  return { problem, isBusy, submit }
}
