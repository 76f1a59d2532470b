import { type LiveEvent, liveCloseCodes, liveMessageSchema } from '@mynah/shared/api/live.ts'
import { parseJson } from '@mynah/shared/parse-json.ts'
import { backoffDelayMs } from '@mynah/shared/time/backoff.ts'
import { signal } from '@preact/signals'
import * as v from 'valibot'
import { api, session } from '../session/session.ts'
import { browserClock } from '../time/browser-clock.ts'
import { refreshCount } from './refresh.ts'

/** `waiting`: not connected, tried again by itself. */
export const link = signal<'connecting' | 'live' | 'waiting'>('connecting')

type Listener = (event: LiveEvent) => void
const listeners = new Set<Listener>()

/** Hears every event, each once. Returns how to stop. */
export const onLiveEvent = (listener: Listener): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const resumeFrom = { eventId: undefined as string | undefined }

const take = (text: string): void => {
  const parsed = v.safeParse(liveMessageSchema, parseJson(text))
  if (!parsed.success) return
  const message = parsed.output
  if (message.type === 'hello') {
    if (!message.resumed && link.peek() !== 'connecting') refreshCount.value += 1
    link.value = 'live'
    if (!message.resumed) resumeFrom.eventId = message.last_event_id
    return
  }
  if (message.event_id === resumeFrom.eventId) return
  resumeFrom.eventId = message.event_id
  for (const listener of listeners) listener(message)
}

/** Opens one connection and resolves when it ends, with its close code; undefined when none could be opened. */
const connectOnce = async (signal: AbortSignal): Promise<number | undefined> => {
  const ticket = await api.call('createLiveTicket', {}, { signal })
  if (!ticket.ok || signal.aborted) return undefined
  const after = resumeFrom.eventId === undefined ? '' : `&after=${encodeURIComponent(resumeFrom.eventId)}`
  const protocol = location.protocol === 'https:' ? 'wss' : 'ws'
  const socket = new WebSocket(
    `${protocol}://${location.host}/ws?ticket=${encodeURIComponent(ticket.value.ticket)}${after}`,
  )
  const stop = () => socket.close()
  signal.addEventListener('abort', stop, { once: true })
  socket.addEventListener('message', ({ data }) => take(String(data)))
  return new Promise((resolve) => {
    socket.addEventListener('close', ({ code }) => {
      signal.removeEventListener('abort', stop)
      resolve(code)
    })
  })
}

/** Waits, but not longer than until the browser says that it is back on the network or in front. */
const pause = async (delayMs: number, signal: AbortSignal): Promise<void> => {
  const woken = new AbortController()
  const wake = () => woken.abort()
  signal.addEventListener('abort', wake, { once: true })
  window.addEventListener('online', wake)
  document.addEventListener('visibilitychange', wake)
  await browserClock.sleep(delayMs, woken.signal)
  signal.removeEventListener('abort', wake)
  window.removeEventListener('online', wake)
  document.removeEventListener('visibilitychange', wake)
}

/** Stays connected until aborted: one attempt after the other, further apart each time. */
export const stayLive = async (signal: AbortSignal): Promise<void> => {
  let attempt = 0
  link.value = 'connecting'
  while (!signal.aborted) {
    const closedWith = await connectOnce(signal)
    if (signal.aborted) break
    if (link.peek() === 'live') attempt = 0
    link.value = 'waiting'
    if (closedWith === liveCloseCodes.login_ended && !(await api.renew()).ok && session.peek().type !== 'signed_in')
      break
    await pause(300 + backoffDelayMs({ attempt, baseMs: 500, maxMs: 10_000, random: Math.random }), signal)
    attempt += 1
  }
  resumeFrom.eventId = undefined
}
