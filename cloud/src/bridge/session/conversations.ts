/** Which conversation a session belongs to, so that the next one can go on with it. The oldest are forgotten. */
export type Conversations = {
  /** The conversation of a new session: that of the session it follows if it was the same speaker's, else one of its own. */
  readonly join: (session: {
    readonly sessionId: string
    readonly deviceId: string
    readonly previousSessionId?: string
  }) => string
}

export const createConversations = ({ capacity }: { readonly capacity: number }): Conversations => {
  const bySession = new Map<string, { readonly deviceId: string; readonly conversationId: string }>()
  return {
    join: ({ sessionId, deviceId, previousSessionId }) => {
      const previous = previousSessionId === undefined ? undefined : bySession.get(previousSessionId)
      const conversationId = previous?.deviceId === deviceId ? previous.conversationId : sessionId
      bySession.set(sessionId, { deviceId, conversationId })
      const [oldest] = bySession.keys()
      if (bySession.size > capacity && oldest !== undefined) bySession.delete(oldest)
      return conversationId
    },
  }
}
