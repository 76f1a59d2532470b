import type { AiSettingsView } from '@mynah/shared/api/ai-settings.ts'
import { Sparkles } from 'lucide-preact'
import { useState } from 'preact/hooks'
import { Button } from '../design/button.tsx'
import { Facts } from '../design/card.tsx'
import { Form } from '../design/form.tsx'
import { Page } from '../design/page.tsx'
import { EmptyState } from '../design/states.tsx'
import { tellDone, tellFailed } from '../design/toast.tsx'
import { decimal, relativeTime } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { Loaded, type Resource, useResource } from '../resource/resource.tsx'
import { codeOf, failureText } from '../session/failure-text.ts'
import { api, currentHome, may } from '../session/session.ts'
import { type AiDraft, changeOf, draftOf } from './ai/draft.ts'
import { PersonaCard } from './ai/personas.tsx'
import { LlmCard, SpeechCard } from './ai/providers.tsx'

/** `since` is the version of the settings that somebody saw who typed this: what others saved later is not overwritten unseen. */
type Edited = { readonly draft: AiDraft; readonly since: number }

const AiForm = ({
  settings,
  resource,
}: {
  readonly settings: AiSettingsView
  readonly resource: Resource<AiSettingsView>
}) => {
  const t = useText()
  const [edited, setEdited] = useState<Edited>()
  const [isBusy, setBusy] = useState(false)
  const { home_id: homeId, version, updated_at: updatedAt } = settings
  const { draft, since } = edited ?? { draft: draftOf(settings), since: version }
  const change = (part: Partial<AiDraft>) => setEdited({ draft: { ...draft, ...part }, since })
  const save = async () => {
    setBusy(true)
    const saved = await api.call(
      'setAiSettings',
      { params: { home_id: homeId }, body: changeOf(draft) },
      { ifMatch: since },
    )
    setBusy(false)
    if (saved.ok) {
      // What was typed since it was sent stays.
      setEdited((current) => (current === edited ? undefined : current && { ...current, since: saved.value.version }))
      resource.set(saved.value)
      tellDone(t.states.saved)
      return
    }
    tellFailed(failureText(t, saved.error))
    if (codeOf(saved.error) === 'version_conflict') {
      setEdited(undefined)
      resource.reload()
    }
  }
  return (
    <Form onSubmit={save}>
      <div class="card-grid">
        <LlmCard homeId={homeId} draft={draft.llm} onChange={(llm) => change({ llm })} />
        <SpeechCard homeId={homeId} stage="stt" draft={draft.stt} onChange={(stt) => change({ stt })} />
        <SpeechCard homeId={homeId} stage="tts" draft={draft.tts} onChange={(tts) => change({ tts })} />
      </div>
      <PersonaCard
        personas={draft.personas}
        heardWords={settings.heard_wake_words}
        onChange={(personas) => change({ personas })}
      />
      <div class="row">
        <Button kind="primary" type="submit" busy={isBusy}>
          {t.actions.save}
        </Button>
        <span class="soft small">
          {updatedAt === null ? t.home.ai.never : t.home.ai.version(decimal(version), relativeTime(updatedAt))}
        </span>
      </div>
    </Form>
  )
}

const AiSummary = ({ settings }: { readonly settings: AiSettingsView }) => {
  const t = useText()
  return (
    <div class="card card-body stack">
      <p class="soft">{t.home.ai.adminOnly}</p>
      <Facts
        rows={[
          [t.home.ai.llm, t.home.ai.types[settings.llm.type]],
          [t.home.ai.stt, t.home.ai.types[settings.stt.type]],
          [t.home.ai.tts, t.home.ai.types[settings.tts.type]],
          [t.home.ai.personas, settings.personas.map(({ name }) => name).join(', ')],
        ]}
      />
    </div>
  )
}

const AiOfHome = ({ homeId }: { readonly homeId: string }) => {
  const resource = useResource(homeId, (signal) =>
    api.call('getAiSettings', { params: { home_id: homeId } }, { signal }),
  )
  return (
    <Loaded resource={resource}>
      {(settings) =>
        may(homeId, 'admin') ? <AiForm settings={settings} resource={resource} /> : <AiSummary settings={settings} />
      }
    </Loaded>
  )
}

export const Ai = () => {
  const t = useText()
  const homeId = currentHome.value?.home_id
  return (
    <Page title={t.home.ai.title} intro={t.home.ai.intro}>
      {homeId !== undefined && may(homeId, 'member') ? (
        <AiOfHome key={homeId} homeId={homeId} />
      ) : (
        <EmptyState icon={Sparkles} title={t.home.ai.title}>
          {t.home.ai.adminOnly}
        </EmptyState>
      )}
    </Page>
  )
}
