import { CloudOff } from 'lucide-preact'
import { useEffect } from 'preact/hooks'
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from 'preact-iso'
import { EmptyState } from './design/states.tsx'
import { Toasts } from './design/toast.tsx'
import { useText } from './i18n/language.ts'
import { Login } from './pages/login.tsx'
import { Missing } from './pages/missing.tsx'
import { Speakers } from './pages/speakers.tsx'
import { resume, session } from './session/session.ts'
import { Shell } from './shell/shell.tsx'
import { browserClock } from './time/browser-clock.ts'

const Setup = lazy(() => import('./pages/setup.tsx').then((page) => page.Setup))
const Invite = lazy(() => import('./pages/invite.tsx').then((page) => page.Invite))
const Speaker = lazy(() => import('./pages/speaker.tsx').then((page) => page.Speaker))
const Conversations = lazy(() => import('./pages/conversations.tsx').then((page) => page.Conversations))
const Conversation = lazy(() => import('./pages/conversation.tsx').then((page) => page.Conversation))
const Announce = lazy(() => import('./pages/announce.tsx').then((page) => page.Announce))
const Alarms = lazy(() => import('./pages/alarms.tsx').then((page) => page.Alarms))
const People = lazy(() => import('./pages/people.tsx').then((page) => page.People))
const Ai = lazy(() => import('./pages/ai.tsx').then((page) => page.Ai))
const Audit = lazy(() => import('./pages/audit.tsx').then((page) => page.Audit))
const System = lazy(() => import('./pages/system.tsx').then((page) => page.System))
const Account = lazy(() => import('./pages/account.tsx').then((page) => page.Account))

const retryMs = 3_000

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

const Pages = () => {
  const { path } = useLocation()
  const t = useText()
  if (isPublic(path)) {
    return (
      <Router>
        <Route path="/setup/:token" component={Setup} />
        <Route path="/invite/:token" component={Invite} />
        <Route default component={Missing} />
      </Router>
    )
  }
  switch (session.value.type) {
    case 'starting':
      return <div class="entry" role="status" aria-label={t.states.loading} />
    case 'unreachable':
      return <Unreachable />
    case 'signed_out':
      return <Login />
    case 'signed_in':
      return (
        <Shell>
          <Router>
            <Route path="/" component={Speakers} />
            <Route path="/speakers/:deviceId" component={Speaker} />
            <Route path="/conversations" component={Conversations} />
            <Route path="/conversations/:sessionId" component={Conversation} />
            <Route path="/announce" component={Announce} />
            <Route path="/alarms" component={Alarms} />
            <Route path="/people" component={People} />
            <Route path="/ai" component={Ai} />
            <Route path="/audit" component={Audit} />
            <Route path="/system" component={System} />
            <Route path="/account" component={Account} />
            <Route default component={Missing} />
          </Router>
        </Shell>
      )
  }
}

export const App = () => {
  useEffect(() => {
    void resume()
  }, [])
  return (
    // The API's own page is the cloud's, not one of these.
    <LocationProvider scope={/^\/(?!api(\/|$))/}>
      <ErrorBoundary>
        <Pages />
      </ErrorBoundary>
      <Toasts />
    </LocationProvider>
  )
}
