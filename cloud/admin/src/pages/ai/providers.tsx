import { Card } from '../../design/card.tsx'
import { CheckField, SelectField, TextField } from '../../design/field.tsx'
import { useText } from '../../i18n/language.ts'
import { type LlmDraft, type LlmType, llmChange, type SpeechDraft, type SpeechType, speechChange } from './draft.ts'
import { Trial } from './trial.tsx'

type SecretPart = { readonly hasSecret: boolean; readonly secret: string; readonly forget: boolean }

const SecretField = ({
  label,
  draft,
  onChange,
}: {
  readonly label: string
  readonly draft: SecretPart
  readonly onChange: (part: Partial<SecretPart>) => void
}) => {
  const t = useText()
  return (
    <div class="stack-tight">
      <TextField
        label={label}
        hint={draft.hasSecret ? t.home.ai.apiKeyStored : undefined}
        type="password"
        autocomplete="off"
        maxLength={1_000}
        disabled={draft.forget}
        value={draft.secret}
        onInput={(secret) => onChange({ secret })}
      />
      {draft.hasSecret && (
        <CheckField label={t.home.ai.forget} checked={draft.forget} onChange={(forget) => onChange({ forget })} />
      )}
    </div>
  )
}

const llmTypes: readonly LlmType[] = ['cloud', 'openai', 'none']
const speechTypes: readonly SpeechType[] = ['cloud', 'riva']

export const LlmCard = ({
  homeId,
  draft,
  onChange,
}: {
  readonly homeId: string
  readonly draft: LlmDraft
  readonly onChange: (draft: LlmDraft) => void
}) => {
  const t = useText()
  return (
    <Card title={t.home.ai.llm}>
      <div class="stack">
        <SelectField
          label={t.home.ai.provider}
          value={draft.type}
          choices={llmTypes.map((value) => ({ value, text: t.home.ai.types[value] }))}
          onChange={(type) => onChange({ ...draft, type })}
        />
        {draft.type === 'openai' && (
          <>
            <TextField
              label={t.home.ai.url}
              hint={t.home.ai.urlHint}
              type="url"
              required
              maxLength={500}
              value={draft.url}
              onInput={(url) => onChange({ ...draft, url })}
            />
            <TextField
              label={t.home.ai.model}
              required
              maxLength={200}
              value={draft.model}
              onInput={(model) => onChange({ ...draft, model })}
            />
            <SecretField label={t.home.ai.apiKey} draft={draft} onChange={(part) => onChange({ ...draft, ...part })} />
          </>
        )}
        {draft.type !== 'none' && <Trial homeId={homeId} stage="llm" settings={{ llm: llmChange(draft) }} />}
      </div>
    </Card>
  )
}

export const SpeechCard = ({
  homeId,
  stage,
  draft,
  onChange,
}: {
  readonly homeId: string
  readonly stage: 'stt' | 'tts'
  readonly draft: SpeechDraft
  readonly onChange: (draft: SpeechDraft) => void
}) => {
  const t = useText()
  const change = speechChange(draft)
  return (
    <Card title={t.home.ai[stage]}>
      <div class="stack">
        <SelectField
          label={t.home.ai.provider}
          value={draft.type}
          choices={speechTypes.map((value) => ({ value, text: t.home.ai.types[value] }))}
          onChange={(type) => onChange({ ...draft, type })}
        />
        {draft.type === 'riva' && (
          <>
            <TextField
              label={t.home.ai.address}
              hint={t.home.ai.addressHint}
              required
              maxLength={260}
              value={draft.address}
              onInput={(address) => onChange({ ...draft, address })}
            />
            <CheckField label={t.home.ai.tls} checked={draft.tls} onChange={(tls) => onChange({ ...draft, tls })} />
            <SecretField label={t.home.ai.token} draft={draft} onChange={(part) => onChange({ ...draft, ...part })} />
          </>
        )}
        <Trial homeId={homeId} stage={stage} settings={stage === 'stt' ? { stt: change } : { tts: change }} />
      </div>
    </Card>
  )
}
