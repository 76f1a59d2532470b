import { effect, signal } from '@preact/signals'
import { keep, kept } from '../session/kept.ts'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** `auto` follows the system. */
export const theme = signal<Theme>(themes.find((name) => name === kept('theme')) ?? 'auto')

export const chooseTheme = (next: Theme): void => {
  theme.value = next
  keep('theme', next === 'auto' ? null : next)
}

effect(() => {
  if (theme.value === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.value
})
