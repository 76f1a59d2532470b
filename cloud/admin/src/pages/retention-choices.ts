import { decimal } from '../i18n/format.ts'
import type { useText } from '../i18n/language.ts'

const usualDays = [0, 1, 7, 30, 90, 365] as const

/** Days to choose from, that which is set among them; `null` is called as the caller says. */
export const retentionChoices = (t: ReturnType<typeof useText>, keepDays: number | null, nullText: string) => {
  const days = [...new Set([...usualDays, ...(keepDays === null ? [] : [keepDays])])].toSorted((a, b) => a - b)
  return [
    { value: 'null', text: nullText },
    ...days.map((count) => ({
      value: String(count),
      text: count === 0 ? t.speakers.keepNone : t.speakers.keepDays(decimal(count)),
    })),
  ]
}

export const chosenDays = (choice: string): number | null => (choice === 'null' ? null : Number(choice))
