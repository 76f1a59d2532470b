import type { Language } from '@mynah/shared/wire/topics.ts'

/** Our language for a BCP-47 tag; undefined for one that no engine here speaks. */
export const languageOf = (tag: string): Language | undefined => {
  const [primary] = tag.toLowerCase().split(/[-_]/)
  if (primary === 'en') return 'en'
  return primary === 'zh' || primary === 'cmn' ? 'zh' : undefined
}

const tags: Record<Language, string> = { en: 'en-US', zh: 'zh-CN' }

/** The BCP-47 tag that servers of the contract expect. */
export const languageTag = (language: Language): string => tags[language]
