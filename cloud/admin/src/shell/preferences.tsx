import { Segments } from '../design/field.tsx'
import { chooseTheme, theme, themes } from '../design/theme.ts'
import { chooseLanguage, language, useText } from '../i18n/language.ts'

/** Language and appearance of this browser. Each language is named in itself. */
export const Preferences = () => {
  const t = useText()
  return (
    <>
      <Segments
        label={t.language.label}
        value={language.value}
        choices={[
          { value: 'en', text: t.language.en },
          { value: 'zh', text: t.language.zh },
        ]}
        onChange={chooseLanguage}
      />
      <Segments
        label={t.theme.label}
        value={theme.value}
        choices={themes.map((value) => ({ value, text: t.theme[value] }))}
        onChange={chooseTheme}
      />
    </>
  )
}
