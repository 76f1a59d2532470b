/** Bounds of talking from browsers; each keeps one browser from costing the others. */
export type TalkLimits = {
  /** Connections of the whole cloud: sound in PCM is encoded in the control process, some 1 % of a core each. */
  readonly maxBrowsers: number
  /** Without a turn for so long the connection ends; a browser opens another when it needs one. */
  readonly idleMs: number
  /** What may wait for a slow browser: five seconds of PCM. */
  readonly maxBufferedBytes: number
  readonly pingEveryMs: number
  /** Frames come at 50 a second; those of the time before the session was open come at once. */
  readonly frames: { readonly burst: number; readonly perSecond: number }
  readonly texts: { readonly burst: number; readonly perSecond: number }
  /** Turns of one person, over all connections: each may cost a language model. */
  readonly turns: { readonly burst: number; readonly perSecond: number }
}

export const defaultTalkLimits: TalkLimits = {
  maxBrowsers: 100,
  idleMs: 300_000,
  maxBufferedBytes: 256 * 1_024,
  pingEveryMs: 20_000,
  frames: { burst: 300, perSecond: 60 },
  texts: { burst: 30, perSecond: 5 },
  turns: { burst: 10, perSecond: 0.5 },
}

/** The largest message: a typed text, or 20 ms of PCM. */
export const maxTalkMessageBytes = 8 * 1_024
