import { type Language, languageSchema } from '@mynah/shared/wire/topics.ts'
import { Plus } from 'lucide-preact'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { SelectField, TextArea, TextField } from '../../design/field.tsx'
import { useText } from '../../i18n/language.ts'
import type { PersonaDraft } from './draft.ts'
import { WhoAnswers } from './who-answers.tsx'

const maxPersonas = 10

const PersonaFields = ({
  persona,
  onChange,
  onRemove,
}: {
  readonly persona: PersonaDraft
  readonly onChange: (persona: PersonaDraft) => void
  readonly onRemove: () => void
}) => {
  const t = useText()
  const put = (part: Partial<PersonaDraft>) => onChange({ ...persona, ...part })
  return (
    <li class="persona stack">
      <div class="setting-row">
        <h3>{t.home.ai.persona(persona.name)}</h3>
        <Button kind="quiet" aria-label={t.home.ai.removePersona(persona.name)} onClick={onRemove}>
          {t.actions.remove}
        </Button>
      </div>
      <div class="form-grid">
        <TextField
          label={t.home.ai.personaName}
          required
          maxLength={50}
          value={persona.name}
          onInput={(name) => put({ name })}
        />
        <TextField
          label={t.home.ai.wakeWords}
          hint={t.home.ai.wakeWordsHint}
          value={persona.wakeWords}
          onInput={(wakeWords) => put({ wakeWords })}
        />
        <SelectField<Language | ''>
          label={t.home.ai.language}
          value={persona.language ?? ''}
          choices={[
            { value: '', text: t.home.ai.languageAsHeard },
            ...languageSchema.options.map((value) => ({ value, text: t.language[value] })),
          ]}
          onChange={(language) => put({ language: language === '' ? null : language })}
        />
        <TextField
          label={t.home.ai.voice}
          hint={t.home.ai.voiceHint}
          maxLength={100}
          value={persona.voice}
          onInput={(voice) => put({ voice })}
        />
      </div>
      <TextArea
        label={t.home.ai.prompt}
        hint={t.home.ai.promptHint}
        maxLength={4_000}
        value={persona.prompt}
        onInput={(prompt) => put({ prompt })}
      />
    </li>
  )
}

/** Who answers, and to which wake word. */
export const PersonaCard = ({
  personas,
  heardWords,
  onChange,
}: {
  readonly personas: readonly PersonaDraft[]
  /** For which the speakers of the home listen. */
  readonly heardWords: readonly string[]
  readonly onChange: (personas: readonly PersonaDraft[]) => void
}) => {
  const t = useText()
  const nextKey = Math.max(-1, ...personas.map(({ key }) => key)) + 1
  const add = () =>
    onChange([...personas, { key: nextKey, name: '', prompt: '', language: null, wakeWords: '', voice: '' }])
  return (
    <Card
      title={t.home.ai.personas}
      actions={
        <Button icon={Plus} disabled={personas.length >= maxPersonas} onClick={add}>
          {t.home.ai.addPersona}
        </Button>
      }
    >
      <div class="stack">
        <p class="soft">{personas.length === 0 ? t.home.ai.noPersonas : t.home.ai.personasHint}</p>
        <ul class="stack">
          {personas.map((persona) => (
            <PersonaFields
              key={persona.key}
              persona={persona}
              onChange={(next) => onChange(personas.map((old) => (old.key === next.key ? next : old)))}
              onRemove={() => onChange(personas.filter(({ key }) => key !== persona.key))}
            />
          ))}
        </ul>
        <WhoAnswers personas={personas} heardWords={heardWords} />
      </div>
    </Card>
  )
}
