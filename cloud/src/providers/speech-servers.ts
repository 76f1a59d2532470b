import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import type { RivaAddress } from './riva-connection.ts'
import type { SpeechToText, TextToSpeech } from './stages.ts'
import { createRivaSpeechToText } from './stt/riva.ts'
import { createRivaTextToSpeech } from './tts/riva.ts'

/** A speech server that a home has chosen, with its secret: for this process and its own children, never for a log. */
export type SpeechServer = RivaAddress

export type LeasedStages = {
  readonly stt: SpeechToText
  readonly tts: TextToSpeech
  /** No more calls are begun. Idempotent. */
  readonly release: () => void
}

/** Connections to speech servers that homes have chosen: shared by all turns that go to the same server with the same secret. */
export type SpeechServers = {
  readonly lease: (server: SpeechServer) => LeasedStages
  readonly size: () => number
  readonly close: () => void
}

type Client<T> = T & { readonly close: () => void }
type Entry = {
  readonly stt: Client<SpeechToText>
  readonly tts: Client<TextToSpeech>
  leases: number
  idle: Timer | undefined
}

/** Long enough that the next turn of the home finds the connection open; short enough that a forgotten secret does not stay. */
const idleMs = 60_000
/** Servers without a turn under way that are kept connected. Those in use are bounded by the streams of this process. */
const maxIdle = 64

const keyOf = ({ address, tls, token }: SpeechServer): string => JSON.stringify([address, tls ?? false, token ?? null])

export const createSpeechServers = ({ clock }: { readonly clock: Clock }): SpeechServers => {
  const entries = new Map<string, Entry>()
  const drop = (key: string) => {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    entry.idle?.cancel()
    entry.stt.close()
    entry.tts.close()
  }
  const dropOldestIdle = () => {
    const idle = [...entries].filter(([, { leases }]) => leases === 0)
    if (idle.length > maxIdle && idle[0]) drop(idle[0][0])
  }
  const take = (key: string, server: SpeechServer): Entry => {
    const known = entries.get(key)
    // Last in the order of the map: the one that was used least recently is closed first.
    entries.delete(key)
    const entry = known ?? {
      stt: createRivaSpeechToText({ clock, ...server }),
      tts: createRivaTextToSpeech({ clock, ...server }),
      leases: 0,
      idle: undefined,
    }
    entries.set(key, entry)
    entry.idle?.cancel()
    entry.leases++
    return entry
  }
  return {
    lease: (server) => {
      const key = keyOf(server)
      const entry = take(key, server)
      let released = false
      const release = () => {
        if (released) return
        released = true
        entry.leases--
        if (entry.leases > 0 || entries.get(key) !== entry) return
        entry.idle = clock.startTimer(idleMs, () => drop(key))
        dropOldestIdle()
      }
      return { stt: entry.stt, tts: entry.tts, release }
    },
    size: () => entries.size,
    close: () => {
      for (const key of [...entries.keys()]) drop(key)
    },
  }
}
