import { personaFor, sharedWakeWord, wakeWordKey } from '@mynah/shared/dialogue/persona-for.ts'
import { Facts } from '../../design/card.tsx'
import { Problem } from '../../design/form.tsx'
import { useText } from '../../i18n/language.ts'
import { splitWords } from '../split-words.ts'
import type { PersonaDraft } from './draft.ts'

/** Each once, however it is written: first those that speakers listen for. */
const allWords = (heard: readonly string[], called: readonly string[]): readonly string[] => [
  ...new Map([...called, ...heard].map((word) => [wakeWordKey(word), word] as const)).values(),
]

const Answer = ({ name, isHeard }: { readonly name: string; readonly isHeard: boolean }) => {
  const t = useText()
  return (
    <>
      {name}
      {!isHeard && <span class="soft small"> · {t.home.ai.nobodyListens}</span>}
    </>
  )
}

/** Which wake word leads to which persona, as the form has it, also before it is saved. */
export const WhoAnswers = ({
  personas,
  heardWords,
}: {
  readonly personas: readonly PersonaDraft[]
  readonly heardWords: readonly string[]
}) => {
  const t = useText()
  const called = personas.map(({ name, wakeWords }) => ({ name, wake_words: splitWords(wakeWords) }))
  const words = allWords(
    heardWords,
    called.flatMap(({ wake_words }) => wake_words),
  )
  const twice = sharedWakeWord(called)
  const heard = new Set(heardWords.map(wakeWordKey))
  const isHeard = (word: string) => heard.has(wakeWordKey(word))
  const answers = (word: string) => t.home.ai.persona(personaFor(called, word)?.name ?? '')
  if (personas.length === 0) return null
  return (
    <div class="stack-tight">
      <h3>{t.home.ai.whoAnswers}</h3>
      <Problem text={twice === undefined ? undefined : t.home.ai.wakeWordTwice(twice)} />
      <Facts
        rows={[
          ...words.map((word) => [word, <Answer key={word} name={answers(word)} isHeard={isHeard(word)} />] as const),
          [t.home.ai.otherWords, answers('')],
        ]}
      />
    </div>
  )
}
