import type { TrialView } from '@mynah/shared/api/ai-settings.ts'
import type { RequestOf } from '@mynah/shared/api/contract.ts'
import { type Language, languageSchema } from '@mynah/shared/wire/topics.ts'
import { Play } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { SelectField, TextField } from '../../design/field.tsx'
import { Problem } from '../../design/form.tsx'
import { milliseconds } from '../../i18n/format.ts'
import { language as panelLanguage, useText } from '../../i18n/language.ts'
import { failureText } from '../../session/failure-text.ts'
import { api } from '../../session/session.ts'
import { faultText } from '../detail-text.ts'

type TrialBody = RequestOf<'tryAi'>['body']

/** A recording as an address: the content security policy allows blobs for sound, and no data URLs. */
const useSoundUrl = (wavBase64: string | null): string | undefined => {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (wavBase64 === null) return undefined
    const bytes = Uint8Array.from(atob(wavBase64), (letter) => letter.charCodeAt(0))
    const made = URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [wavBase64])
  return url
}

const TrialResult = ({ trial, stage }: { readonly trial: TrialView; readonly stage: TrialBody['stage'] }) => {
  const t = useText()
  const soundUrl = useSoundUrl(trial.wav_base64)
  const total = milliseconds(trial.total_ms)
  const time =
    trial.first_ms === null ? t.home.ai.tryOkTotal(total) : t.home.ai.tryOk(milliseconds(trial.first_ms), total)
  return (
    <div class={`notice ${trial.ok ? 'tone-good' : 'tone-bad'}`} role="status">
      <div class="stack-tight grow">
        <strong>{trial.ok ? time : t.home.ai.tryFailed}</strong>
        {trial.error && (
          <>
            <span>{t.codes.fault(t.codes.stages[stage] ?? stage, faultText(t, trial.error))}</span>
            <details class="small">
              <summary>{t.codes.technical}</summary>
              <code lang="en">{trial.error.message}</code>
            </details>
          </>
        )}
        {trial.text !== null && <span>“{trial.text}”</span>}
        {soundUrl && (
          // biome-ignore lint/a11y/useMediaCaption: the text that is spoken stands in the field above.
          <audio controls src={soundUrl} aria-label={t.home.ai.listen} />
        )}
      </div>
    </div>
  )
}

/** Runs one provider as the form has it, also before it is saved, and says how long it took and what it gave. */
export const Trial = ({
  homeId,
  stage,
  settings,
}: {
  readonly homeId: string
  readonly stage: TrialBody['stage']
  readonly settings: Pick<TrialBody, 'llm' | 'stt' | 'tts'>
}) => {
  const t = useText()
  const example = stage === 'llm' ? t.home.ai.tryLlm : t.home.ai.trySpeech
  const [text, setText] = useState(example)
  const [language, setLanguage] = useState<Language>(panelLanguage.value)
  const [trial, setTrial] = useState<TrialView>()
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    setTrial(undefined)
    setProblem(undefined)
    const tried = await api.call('tryAi', {
      params: { home_id: homeId },
      body: { stage, text, language, ...settings },
    })
    setBusy(false)
    setProblem(tried.ok ? undefined : failureText(t, tried.error))
    if (tried.ok) setTrial(tried.value)
  }
  return (
    <details class="disclosure">
      <summary>{t.home.ai.tryIt}</summary>
      <div class="stack">
        <p class="field-hint">{t.home.ai.tryHint}</p>
        <div class="form-grid">
          <TextField label={t.home.ai.tryText} maxLength={300} value={text} onInput={setText} />
          <SelectField
            label={t.home.ai.tryLanguage}
            value={language}
            choices={languageSchema.options.map((value) => ({ value, text: t.language[value] }))}
            onChange={setLanguage}
          />
        </div>
        <div>
          <Button icon={Play} busy={isBusy} disabled={text.trim() === ''} onClick={() => void run()}>
            {t.home.ai.tryIt}
          </Button>
        </div>
        <Problem text={problem} />
        {trial && <TrialResult trial={trial} stage={stage} />}
      </div>
    </details>
  )
}
