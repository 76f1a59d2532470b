import { X } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useText } from '../i18n/language.ts'
import { Button, IconButton } from './button.tsx'

type DialogProps = {
  readonly title: string
  readonly onClose: () => void
  readonly drawer?: boolean
  readonly children: ComponentChildren
}

/** A modal that is open for as long as it is rendered. Escape, the cross and a press outside close it; focus goes back to where it was. */
export const Dialog = ({ title, onClose, drawer, children }: DialogProps) => {
  const t = useText()
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  // In the layout phase, before any key can arrive: an Escape pressed right after the click must find the modal open.
  useLayoutEffect(() => {
    const before = document.activeElement
    element.current?.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way, the element itself has it.
    <dialog
      ref={element}
      class={`dialog ${drawer ? 'drawer' : ''}`}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === element.current) onClose()
      }}
    >
      <div class="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <IconButton label={t.actions.close} icon={X} onClick={onClose} />
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  )
}

/** A button that asks before it acts. */
export const ConfirmButton = ({
  label,
  title,
  text,
  onConfirm,
  kind = 'danger',
  confirmLabel,
  accessibleName,
}: {
  readonly label: string
  readonly title: string
  readonly text: string
  readonly onConfirm: () => Promise<void>
  readonly kind?: 'danger' | 'secondary' | 'quiet'
  readonly confirmLabel?: string
  readonly accessibleName?: string
}) => {
  const t = useText()
  const [isOpen, setOpen] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    await onConfirm()
    setBusy(false)
    setOpen(false)
  }
  return (
    <>
      <Button kind={kind} aria-label={accessibleName} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {isOpen && (
        <Dialog title={title} onClose={() => setOpen(false)}>
          <p class="soft">{text}</p>
          <div class="dialog-actions">
            <Button onClick={() => setOpen(false)}>{t.actions.cancel}</Button>
            <Button kind={kind === 'danger' ? 'danger-solid' : 'primary'} busy={isBusy} onClick={() => void confirm()}>
              {confirmLabel ?? label}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  )
}
