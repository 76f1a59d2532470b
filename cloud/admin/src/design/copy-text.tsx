import { Check, Copy } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { useText } from '../i18n/language.ts'
import { browserClock } from '../time/browser-clock.ts'
import { Button } from './button.tsx'

/** A text to be taken elsewhere. Where the browser forbids the clipboard (plain HTTP) it can still be selected with one click. */
export const CopyText = ({ label, text }: { readonly label: string; readonly text: string }) => {
  const t = useText()
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
      browserClock.startTimer(2_000, () => setCopied(false))
    } catch {
      // Forbidden: the text stays selectable beside the button.
      setCopied(false)
    }
  }
  return (
    <div class="stack-tight">
      <div class="setting-row">
        <span class="field-label">{label}</span>
        {'clipboard' in navigator && (
          <Button kind="quiet" icon={isCopied ? Check : Copy} onClick={() => void copy()}>
            {isCopied ? t.actions.copied : t.actions.copy}
          </Button>
        )}
      </div>
      <code class="secret">{text}</code>
    </div>
  )
}
