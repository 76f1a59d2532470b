import type { Language } from '@mynah/shared/wire/topics.ts'
import { computed, effect, signal } from '@preact/signals'
import { keep, kept } from '../session/kept.ts'
import { type Dictionary, en } from './en/en.ts'
import { zh } from './zh/zh.ts'

const dictionaries: Readonly<Record<Language, Dictionary>> = { en, zh }

const firstLanguage = (): Language => {
  const chosen = kept('language')
  if (chosen === 'en' || chosen === 'zh') return chosen
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

/** The language of the panel; everything that reads it changes with it, without a reload. */
export const language = signal<Language>(firstLanguage())

/** The locale for numbers and times: the browser's own variety of the language, when it has one. */
export const locale = computed<string>(
  () =>
    navigator.languages.find((name) => name.toLowerCase().startsWith(language.value)) ??
    (language.value === 'zh' ? 'zh-CN' : 'en-GB'),
)

const dictionary = computed(() => dictionaries[language.value])

/** The texts of the chosen language. A component that calls it while rendering is rendered again when the language changes. */
export const useText = (): Dictionary => dictionary.value

/** The same for code that runs outside of rendering, such as a toast after a click. */
export const textNow = (): Dictionary => dictionary.peek()

export const chooseLanguage = (next: Language): void => {
  language.value = next
  keep('language', next)
}

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
})
