import { CloudOff } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from 'preact-iso'
import { Button } from './design/button.tsx'
import { EmptyState } from './design/states.tsx'
import { Toasts } from './design/toast.tsx'
import { useText } from './i18n/language.ts'
import { Login, LoginAgain } from './pages/login.tsx'
import { Missing, MissingOutside } from './pages/missing.tsx'
import { Speakers } from './pages/speakers.tsx'
import { me, resume, session } from './session/session.ts'
import { Shell } from './shell/shell.tsx'
import { browserClock } from './time/browser-clock.ts'

const loadSetup = () => import('./pages/setup.tsx').then((page) => page.Setup)
const loadInvite = () => import('./pages/invite.tsx').then((page) => page.Invite)
const loadSpeaker = () => import('./pages/speaker.tsx').then((page) => page.Speaker)
const loadTalk = () => import('./pages/talk.tsx').then((page) => page.Talk)
const loadConversations = () => import('./pages/conversations.tsx').then((page) => page.Conversations)
const loadConversation = () => import('./pages/conversation.tsx').then((page) => page.Conversation)
const loadAnnounce = () => import('./pages/announce.tsx').then((page) => page.Announce)
const loadAlarms = () => import('./pages/alarms.tsx').then((page) => page.Alarms)
const loadPeople = () => import('./pages/people.tsx').then((page) => page.People)
const loadAi = () => import('./pages/ai.tsx').then((page) => page.Ai)
const loadTroubles = () => import('./pages/troubles.tsx').then((page) => page.Troubles)
const loadAudit = () => import('./pages/audit.tsx').then((page) => page.Audit)
const loadSystem = () => import('./pages/system.tsx').then((page) => page.System)
const loadFirmware = () => import('./pages/firmware.tsx').then((page) => page.Firmware)
const loadAccount = () => import('./pages/account.tsx').then((page) => page.Account)

const Setup = lazy(loadSetup)
const Invite = lazy(loadInvite)
const Speaker = lazy(loadSpeaker)
const Talk = lazy(loadTalk)
const Conversations = lazy(loadConversations)
const Conversation = lazy(loadConversation)
const Announce = lazy(loadAnnounce)
const Alarms = lazy(loadAlarms)
const People = lazy(loadPeople)
const Ai = lazy(loadAi)
const Troubles = lazy(loadTroubles)
const Audit = lazy(loadAudit)
const System = lazy(loadSystem)
const Firmware = lazy(loadFirmware)
const Account = lazy(loadAccount)

/** What stands at which address for whoever is signed in. */
const pages = [
  ['/', Speakers],
  ['/claim/:code', Speakers],
  ['/speakers/:deviceId', Speaker],
  ['/talk', Talk],
  ['/conversations', Conversations],
  ['/conversations/:sessionId', Conversation],
  ['/announce', Announce],
  ['/alarms', Alarms],
  ['/people', People],
  ['/ai', Ai],
  ['/problems', Troubles],
  ['/audit', Audit],
  ['/system', System],
  ['/system/firmware', Firmware],
  ['/account', Account],
] as const

/** Fetched when the browser has nothing else to do, so that a page opens also while the cloud restarts. */
const laterPages = [
  loadSpeaker,
  loadTalk,
  loadConversations,
  loadConversation,
  loadAnnounce,
  loadAlarms,
  loadPeople,
  loadAi,
  loadTroubles,
  loadAudit,
  loadSystem,
  loadFirmware,
  loadAccount,
]

const retryMs = 3_000
const prefetchAfterMs = 1_500

/** The cloud did not answer at the first load: tries again until it does. */
const Unreachable = () => {
  const t = useText()
  useEffect(() => {
    const stopped = new AbortController()
    const again = async () => {
      while (!stopped.signal.aborted) {
        await browserClock.sleep(retryMs, stopped.signal)
        if (!stopped.signal.aborted) await resume()
      }
    }
    void again()
    return () => stopped.abort()
  }, [])
  return (
    <main class="entry">
      <EmptyState icon={CloudOff} title={t.link.unreachableTitle}>
        {t.link.unreachableText}
      </EmptyState>
    </main>
  )
}

/** Pages that need no login: whoever is signed in sees them too. */
const isPublic = (path: string) => path.startsWith('/setup/') || path.startsWith('/invite/')

const Asked = () => {
  if (session.value.type !== 'ended') return null
  return <LoginAgain before={session.value.me.login} />
}

const Pages = () => {
  const { path } = useLocation()
  const t = useText()
  if (isPublic(path)) {
    return (
      <Router>
        <Route path="/setup/:token" component={Setup} />
        <Route path="/invite/:token" component={Invite} />
        <Route default component={MissingOutside} />
      </Router>
    )
  }
  switch (session.value.type) {
    case 'starting':
      return <div class="entry" role="status" aria-label={t.states.loading} />
    case 'unreachable':
      return <Unreachable />
    case 'signed_out':
      return (
        <Router>
          {pages.map(([address]) => (
            <Route key={address} path={address} component={Login} />
          ))}
          <Route default component={MissingOutside} />
        </Router>
      )
    case 'signed_in':
    case 'ended':
      return (
        // Of another person nothing is left when somebody else logs in.
        <Shell key={me.value?.person_id}>
          <Router>
            {pages.map(([address, component]) => (
              <Route key={address} path={address} component={component} />
            ))}
            <Route default component={Missing} />
          </Router>
        </Shell>
      )
  }
}

/** A page that cannot be fetched or shown: after an update of the cloud its old name is gone, and loading again brings the new one. */
const Broken = () => {
  const t = useText()
  return (
    <main class="entry">
      <EmptyState
        icon={CloudOff}
        title={t.states.failedTitle}
        actions={<Button onClick={() => location.reload()}>{t.actions.retry}</Button>}
      >
        {t.problems.unreachable}
      </EmptyState>
    </main>
  )
}

const fetchLaterPages = async (signal: AbortSignal) => {
  await browserClock.sleep(prefetchAfterMs, signal)
  for (const load of laterPages) {
    if (signal.aborted) return
    // A page that does not come now is asked for again when somebody opens it.
    await load().catch(() => undefined)
  }
}

export const App = () => {
  const [isBroken, setBroken] = useState(false)
  const isSignedIn = session.value.type === 'signed_in'
  useEffect(() => {
    const left = new AbortController()
    if (isSignedIn) void fetchLaterPages(left.signal)
    return () => left.abort()
  }, [isSignedIn])
  useEffect(() => {
    void resume()
  }, [])
  return (
    // The API's own page is the cloud's, not one of these.
    <LocationProvider scope={/^\/(?!api(\/|$))/}>
      {isBroken ? (
        <Broken />
      ) : (
        <ErrorBoundary onError={() => setBroken(true)}>
          <Pages />
          <Asked />
        </ErrorBoundary>
      )}
      <Toasts />
    </LocationProvider>
  )
}
