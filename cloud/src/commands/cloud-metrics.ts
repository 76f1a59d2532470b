import type { AudioPlane } from '../bridge/audio-plane.ts'
import type { Sessions } from '../bridge/session/sessions.ts'
import type { Directory } from '../devices/directory.ts'
import type { LiveHub } from '../live/hub.ts'
import type { Metrics } from '../metrics/registry.ts'
import type { Store } from '../store/open-store.ts'
import type { Overload } from '../supervise/overload.ts'
import type { BrowserSpeakers } from '../talk/browser-speakers.ts'

type Watched = {
  readonly metrics: Metrics
  readonly directory: Directory
  readonly overload: Pick<Overload, 'lagMs'>
  readonly store: Pick<Store, 'turns'>
  readonly live: Pick<LiveHub, 'figures'>
  readonly sessions?: Pick<Sessions, 'counters'>
  readonly plane?: Pick<AudioPlane, 'counters'>
  readonly browsers?: Pick<BrowserSpeakers, 'size'>
}

const watchLive = (metrics: Metrics, live: Pick<LiveHub, 'figures'>): void => {
  const connections = metrics.gauge('mynah_live_connections', 'Browsers that are told what happens')
  const slow = metrics.gauge('mynah_live_slow_bytes', 'What waits for browsers that do not read')
  const messages = metrics.gauge('mynah_live_waiting_messages', 'What waits for the live process')
  const bytes = metrics.gauge('mynah_live_waiting_bytes', 'Bytes of events that wait for the live process')
  const restarts = metrics.gauge('mynah_live_restarts', 'How often the live process was started again')
  const memory = metrics.gauge('mynah_live_resident_bytes', 'Resident memory of the live process')
  const lag = metrics.gauge('mynah_live_event_loop_lag_ms', 'How late the live process is, smoothed')
  metrics.beforeRender(() => {
    const figures = live.figures()
    connections.set(figures.connections)
    slow.set(figures.slowBytes)
    messages.set(figures.waitingMessages)
    bytes.set(figures.waitingBytes)
    restarts.set(figures.restarts)
    if (figures.residentBytes !== undefined) memory.set(figures.residentBytes)
    if (figures.lagMs !== undefined) lag.set(figures.lagMs)
  })
}

/** Gauges that are read from the parts whenever somebody asks for `/metrics`. */
export const watchParts = (watched: Watched): void => {
  const { metrics, directory, store, sessions, plane, browsers, overload } = watched
  watchLive(metrics, watched.live)
  const online = metrics.gauge('mynah_speakers_online', 'Speakers that are connected')
  const talking = metrics.gauge('mynah_browsers_connected', 'Browsers that may talk')
  const open = metrics.gauge('mynah_turns_open', 'Turns under way')
  const sessionCounts = metrics.gauge('mynah_sessions', 'Counters of the session machine since its start, by name')
  const audioCounts = metrics.gauge('mynah_audio', 'Counters of the audio plane since its start, by name')
  const memory = metrics.gauge('mynah_process_resident_bytes', 'Resident memory of the control process')
  const lag = metrics.gauge('mynah_event_loop_lag_ms', 'How late the control process is, smoothed')
  metrics.beforeRender(async () => {
    lag.set(overload.lagMs())
    online.set(directory.onlineCount())
    talking.set(browsers?.size() ?? 0)
    open.set(store.turns.openCount())
    memory.set(process.memoryUsage.rss())
    for (const [name, value] of Object.entries(sessions?.counters() ?? {})) sessionCounts.set(value, { name })
    for (const [name, value] of Object.entries((await plane?.counters()) ?? {})) audioCounts.set(value, { name })
  })
}
