/** What is remembered of a session, for the one that follows it. */
export type PastSession = {
  readonly deviceId: string
  readonly conversationId: string
  readonly wakeWord: string | undefined
  /** Who answered; undefined: Mynah. */
  readonly persona: string | undefined
}

/** Which conversation a session belongs to, so that the next one can go on with it. The oldest are forgotten. */
export type Conversations = {
  /** The session that another one of this speaker follows; undefined when it was another speaker's or is forgotten. */
  readonly before: (deviceId: string, previousSessionId: string | undefined) => PastSession | undefined
  /** The conversation of a new session: that of the session it follows if the same persona answers, else one of its own. */
  readonly join: (
    session: Omit<PastSession, 'conversationId'> & {
      readonly sessionId: string
      readonly previous: PastSession | undefined
    },
  ) => string
}

export const createConversations = ({ capacity }: { readonly capacity: number }): Conversations => {
  const bySession = new Map<string, PastSession>()
  return {
    before: (deviceId, previousSessionId) => {
      const previous = previousSessionId === undefined ? undefined : bySession.get(previousSessionId)
      return previous?.deviceId === deviceId ? previous : undefined
    },
    join: ({ sessionId, previous, ...session }) => {
      // What one persona was told is not another one's to know.
      const goesOn = previous !== undefined && previous.persona === session.persona
      const conversationId = goesOn ? previous.conversationId : sessionId
      bySession.set(sessionId, { ...session, conversationId })
      const [oldest] = bySession.keys()
      if (bySession.size > capacity && oldest !== undefined) bySession.delete(oldest)
      return conversationId
    },
  }
}
