import type { Language } from '@mynah/shared/wire/topics.ts'

const apologies: Record<string, Record<Language, string>> = {
  stt: {
    en: 'Sorry, I could not listen just now. Please say it again.',
    zh: '抱歉，刚才没能听清，请再说一遍。',
  },
  llm: {
    en: 'Sorry, the language model did not answer.',
    zh: '抱歉，语言模型没有回答。',
  },
  dialogue: {
    en: 'Sorry, something went wrong.',
    zh: '抱歉，出了点问题。',
  },
}

const slow: Record<Language, string> = {
  en: 'Sorry, that takes too long.',
  zh: '抱歉，这太久了。',
}

/** One short sentence that says what failed, in the user's language: never silence. */
export const apologyFor = (stage: string, code: string, language: Language): string => {
  if (code === 'timeout' && stage !== 'stt') return slow[language]
  return (apologies[stage] ?? apologies.dialogue)?.[language] ?? slow[language]
}
