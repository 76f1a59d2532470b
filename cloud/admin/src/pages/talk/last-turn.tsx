import type { TurnDetail } from '@mynah/shared/api/turns.ts'
import { useEffect, useState } from 'preact/hooks'
import { Card } from '../../design/card.tsx'
import { useText } from '../../i18n/language.ts'
import { api } from '../../session/session.ts'
import type { Exchange } from '../../talk/talk-state.ts'
import { browserClock } from '../../time/browser-clock.ts'
import { TurnTimes } from '../turn-times.tsx'

/** The record of a turn is closed a moment after its end. */
const recordTries = 10
const recordPauseMs = 200

/** The record of a turn once it is closed. */
const useRecord = (sessionId: string | undefined): TurnDetail | undefined => {
  const [turn, setTurn] = useState<TurnDetail>()
  useEffect(() => {
    const left = new AbortController()
    const fetchRecord = async (id: string) => {
      for (let tries = 0; tries < recordTries && !left.signal.aborted; tries++) {
        const found = await api.call('getTurn', { params: { session_id: id } }, { signal: left.signal })
        if (left.signal.aborted) return
        if (found.ok && found.value.outcome !== null) return setTurn(found.value)
        await browserClock.sleep(recordPauseMs, left.signal)
      }
    }
    setTurn(undefined)
    if (sessionId !== undefined) void fetchRecord(sessionId)
    return () => left.abort()
  }, [sessionId])
  return turn
}

/** How long the parts of the last turn took. */
export const LastTurn = ({ exchanges }: { readonly exchanges: readonly Exchange[] }) => {
  const t = useText()
  const last = exchanges.at(-1)
  const turn = useRecord(last?.isOver ? last.sessionId : undefined)
  if (!last) return null
  if (!turn) {
    return (
      <Card title={t.conversations.waterfall}>
        <p class="soft">{t.talk.timesWait}</p>
      </Card>
    )
  }
  return (
    <div class="stack">
      <TurnTimes turn={turn} />
      <a href={`/conversations/${turn.session_id}`}>{t.talk.whole}</a>
    </div>
  )
}
