import { Card } from '../../design/card.tsx'
import { useText } from '../../i18n/language.ts'
import type { Exchange } from '../../talk/talk-state.ts'

const ExchangeView = ({ exchange }: { readonly exchange: Exchange }) => {
  const t = useText()
  const { heard, isFinal, reply, failure, isOver } = exchange
  const lang = exchange.language === 'zh' ? 'zh-CN' : 'en'
  return (
    <>
      <p class={`bubble ${isFinal ? '' : 'bubble-unsure'}`} lang={lang}>
        <span class="bubble-who">{t.talk.you}</span>
        {heard || <span class="soft">{isFinal || isOver ? t.conversations.nothingHeard : '…'}</span>}
      </p>
      {(reply !== '' || isOver) && (
        <p class="bubble bubble-reply" lang={lang}>
          <span class="bubble-who">{t.talk.mynah}</span>
          {reply || <span class="soft">{failure ? t.talk.failedAt(failure) : t.conversations.noReply}</span>}
        </p>
      )}
    </>
  )
}

/** What was said on this page, as it is said: the newest is announced to who does not see it. */
export const Exchanges = ({ exchanges }: { readonly exchanges: readonly Exchange[] }) => {
  const t = useText()
  return (
    <Card title={t.talk.said}>
      <div class="speech" role="log" aria-live="polite" aria-label={t.talk.said}>
        {exchanges.map((exchange) => (
          <ExchangeView key={exchange.sessionId} exchange={exchange} />
        ))}
        {exchanges.length === 0 && <p class="soft">{t.talk.emptyText}</p>}
      </div>
    </Card>
  )
}
