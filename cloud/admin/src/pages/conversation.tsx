import { isBrowserId } from '@mynah/shared/api/talk.ts'
import type { FeedbackView, TurnDetail } from '@mynah/shared/api/turns.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { ThumbsDown, ThumbsUp } from 'lucide-preact'
import { useLocation, useRoute } from 'preact-iso'
import { Button } from '../design/button.tsx'
import { Badge, Card, Facts } from '../design/card.tsx'
import { ConfirmButton } from '../design/dialog.tsx'
import { Page } from '../design/page.tsx'
import { tellDone, tellFailed } from '../design/toast.tsx'
import { clockTime, dateTime, decimal, exactTime, milliseconds, percent } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { useOptimistic } from '../resource/optimistic.ts'
import { Loaded, type Resource, useResource } from '../resource/resource.tsx'
import { failureText } from '../session/failure-text.ts'
import { api, may } from '../session/session.ts'
import { KeptSound } from './conversation/kept-sound.tsx'
import { TurnTimes } from './turn-times.tsx'
import { answeredByText, failureOfTurn, OutcomeBadge, speakerName, triggerText } from './turn-words.tsx'

const Speech = ({ turn }: { readonly turn: TurnDetail }) => {
  const t = useText()
  const wasCut = turn.heard_reply !== '' && turn.heard_reply !== turn.reply
  return (
    <Card title={t.conversations.one}>
      <div class="speech">
        <p class="bubble" lang={turn.language}>
          <span class="bubble-who">{t.conversations.you}</span>
          {turn.heard || <span class="soft">{t.conversations.nothingHeard}</span>}
        </p>
        <p class="bubble bubble-reply" lang={turn.language}>
          <span class="bubble-who">{t.conversations.mynah}</span>
          {turn.reply || <span class="soft">{t.conversations.noReply}</span>}
        </p>
        {wasCut && <p class="soft small">{t.conversations.heardOnly(turn.heard_reply)}</p>}
        {turn.tools.length > 0 && (
          <div class="row">
            <span class="soft">{t.conversations.tools}</span>
            {turn.tools.map((tool) => (
              <Badge key={tool}>{t.codes.tools[tool] ?? tool}</Badge>
            ))}
          </div>
        )}
      </div>
    </Card>
  )
}

const About = ({ turn }: { readonly turn: TurnDetail }) => {
  const t = useText()
  const speaker = speakerName(t, turn)
  const language = turn.language === 'zh' || turn.language === 'en' ? t.language[turn.language] : turn.language
  const lastedMs =
    turn.ended_at === null ? undefined : instant(turn.ended_at).getTime() - instant(turn.started_at).getTime()
  const rows = [
    [t.conversations.outcome, <OutcomeBadge key="outcome" turn={turn} />],
    [t.conversations.failure, turn.failure && failureOfTurn(t, turn.failure)],
    [
      t.conversations.speaker,
      isBrowserId(turn.device_id) ? (
        speaker
      ) : (
        <a key="speaker" href={`/speakers/${turn.device_id}`}>
          {speaker}
        </a>
      ),
    ],
    [t.conversations.started, exactTime(turn.started_at)],
    [t.conversations.lasted, lastedMs === undefined ? null : milliseconds(lastedMs)],
    [t.conversations.trigger, triggerText(t, turn.trigger)],
    [t.conversations.wakeWord, turn.wake_word],
    [t.conversations.score, turn.score === null ? null : percent(turn.score * 100)],
    [t.conversations.languageLabel, language],
    [t.conversations.answeredBy, turn.answered_by === null ? null : answeredByText(t, turn.answered_by)],
  ] as const
  return (
    <Card title={t.conversations.about}>
      <Facts rows={rows} />
    </Card>
  )
}

const SoundFigures = ({ turn }: { readonly turn: TurnDetail }) => {
  const t = useText()
  const names: Readonly<Record<string, string>> = t.conversations.audioFigures
  const ways = [
    [t.conversations.uplink, turn.uplink_audio],
    [t.conversations.device, turn.device_audio],
  ] as const
  // Nothing travels of a turn that was typed into a browser.
  if (ways.every(([, figures]) => Object.values(figures ?? {}).every((count) => count === 0))) return null
  return (
    <Card title={t.conversations.audio}>
      <div class="stack">
        {ways.map(
          ([way, figures]) =>
            figures && (
              <div key={way} class="stack-tight">
                <h3>{way}</h3>
                <Facts rows={Object.entries(figures).map(([name, n]) => [names[name] ?? name, decimal(n)] as const)} />
              </div>
            ),
        )}
      </div>
    </Card>
  )
}

type Verdict = FeedbackView['verdict'] | 'none'

const Feedback = ({ turn, resource }: { readonly turn: TurnDetail; readonly resource: Resource<TurnDetail> }) => {
  const t = useText()
  const verdict = useOptimistic<Verdict>(
    turn.feedback?.verdict ?? 'none',
    async (wish) => {
      const stored = await api.call('setTurnFeedback', {
        params: { session_id: turn.session_id },
        body: { verdict: wish },
      })
      if (stored.ok) resource.set(stored.value)
      return stored
    },
    (failure) => tellFailed(t.speakers.rolledBack(t.conversations.feedback, failureText(t, failure))),
  )
  const press = (wish: Verdict) => verdict.set(verdict.value === wish ? 'none' : wish)
  return (
    <Card title={t.conversations.feedback}>
      <div key={verdict.rollbacks} class={`row ${verdict.rollbacks > 0 ? 'rolled-back' : ''}`}>
        <Button
          icon={ThumbsUp}
          kind={verdict.value === 'right' ? 'primary' : 'secondary'}
          aria-pressed={verdict.value === 'right'}
          onClick={() => press('right')}
        >
          {t.conversations.right}
        </Button>
        <Button
          icon={ThumbsDown}
          kind={verdict.value === 'wrong' ? 'primary' : 'secondary'}
          aria-pressed={verdict.value === 'wrong'}
          onClick={() => press('wrong')}
        >
          {t.conversations.wrong}
        </Button>
      </div>
    </Card>
  )
}

const DeleteTurn = ({ turn }: { readonly turn: TurnDetail }) => {
  const t = useText()
  const { route } = useLocation()
  const remove = async () => {
    const deleted = await api.call('deleteTurn', { params: { session_id: turn.session_id } })
    if (!deleted.ok) {
      tellFailed(failureText(t, deleted.error))
      return
    }
    tellDone(t.conversations.deleted)
    route('/conversations')
  }
  return (
    <div>
      <ConfirmButton
        label={t.conversations.delete}
        title={t.conversations.deleteTitle}
        text={t.conversations.deleteText}
        confirmLabel={t.actions.delete}
        onConfirm={remove}
      />
    </div>
  )
}

const SameConversation = ({ turn }: { readonly turn: TurnDetail }) => {
  const t = useText()
  const others = turn.conversation.filter(({ session_id: id }) => id !== turn.session_id)
  if (others.length === 0) return null
  return (
    <Card title={t.conversations.sameConversation} flush>
      <ul class="list">
        {others.map(({ session_id: id, started_at: at }) => (
          <li key={id}>
            <a class="list-row" href={`/conversations/${id}`}>
              {clockTime(at)}
            </a>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** `/conversations/{session_id}` */
export const Conversation = () => {
  const t = useText()
  const sessionId = useRoute().params.sessionId ?? ''
  const resource = useResource(sessionId, (signal) =>
    api.call('getTurn', { params: { session_id: sessionId } }, { signal }),
  )
  const ready = resource.state.type === 'ready' ? resource.state.value : undefined
  return (
    <Page
      title={t.conversations.one}
      back={{ href: '/conversations', text: t.conversations.title }}
      intro={ready && dateTime(ready.started_at)}
    >
      <Loaded resource={resource}>
        {(turn) => (
          <div class="columns columns-wide-left">
            <div class="stack">
              <Speech turn={turn} />
              <TurnTimes turn={turn} />
            </div>
            <div class="stack">
              {may(turn.home_id, 'member') && <Feedback turn={turn} resource={resource} />}
              <About turn={turn} />
              {may(turn.home_id, 'member') && <KeptSound turn={turn} onDeleted={resource.reload} />}
              <SoundFigures turn={turn} />
              <SameConversation turn={turn} />
              {may(turn.home_id, 'member') && <DeleteTurn turn={turn} />}
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  )
}
