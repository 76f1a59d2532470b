import { CloudOff, Ellipsis } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { Dialog } from '../design/dialog.tsx'
import { SelectField } from '../design/field.tsx'
import { markUrl } from '../design/mark.ts'
import { useText } from '../i18n/language.ts'
import { followAlerts } from '../live/alerts.ts'
import { link, stayLive } from '../live/connection.ts'
import { followSpeakers } from '../live/speakers.ts'
import { chooseHome, currentHome, me, session } from '../session/session.ts'
import { browserClock } from '../time/browser-clock.ts'
import { AlertBanner } from './alert-banner.tsx'
import { destinations, isAt, onPhone } from './destinations.ts'

const bannerAfterMs = 1_500

/** Shown when the connection has been away for longer than a blink. */
const OfflineBanner = () => {
  const t = useText()
  const isLost = link.value === 'waiting'
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    if (!isLost) {
      setShown(false)
      return undefined
    }
    const timer = browserClock.startTimer(bannerAfterMs, () => setShown(true))
    return () => timer.cancel()
  }, [isLost])
  return (
    <div role="status" aria-live="polite">
      {isShown && (
        <div class="banner">
          <CloudOff class="banner-icon" size={17} aria-hidden="true" />
          {t.link.lost}
        </div>
      )}
    </div>
  )
}

const LiveState = () => {
  const t = useText()
  const isLive = link.value === 'live'
  return (
    <span class="live-state">
      <span class={`dot ${isLive ? 'dot-online' : ''}`} aria-hidden="true" />
      {isLive ? t.link.live : t.link.connecting}
    </span>
  )
}

const HomeSwitch = () => {
  const t = useText()
  const homes = me.value?.homes ?? []
  if (homes.length < 2) return null
  return (
    <SelectField
      label={t.nav.home}
      value={currentHome.value?.home_id ?? ''}
      choices={homes.map(({ home_id: value, name: text }) => ({ value, text }))}
      onChange={chooseHome}
    />
  )
}

const NavLinks = ({ names }: { readonly names: typeof destinations }) => {
  const t = useText()
  const { path } = useLocation()
  return (
    <ul class="nav">
      {names.map(({ name, href, icon: Icon }) => (
        <li key={name}>
          <a class="nav-link" href={href} {...(isAt(path, href) ? { 'aria-current': 'page' as const } : {})}>
            <Icon size={18} aria-hidden="true" />
            {t.nav[name]}
          </a>
        </li>
      ))}
    </ul>
  )
}

const Brand = () => (
  <a class="brand" href="/">
    <img src={markUrl} alt="" width={32} height={32} />
    Mynah
  </a>
)

const BottomNav = () => {
  const t = useText()
  const { path } = useLocation()
  const [isOpen, setOpen] = useState(false)
  const others = destinations.filter(({ name }) => !onPhone.includes(name))
  // a new page closes the drawer.
  useEffect(() => setOpen(false), [path])
  return (
    <>
      <nav class="bottom-nav" aria-label={t.nav.label}>
        {destinations
          .filter(({ name }) => onPhone.includes(name))
          .map(({ name, href, icon: Icon }) => (
            <a
              key={name}
              class="bottom-link"
              href={href}
              {...(isAt(path, href) ? { 'aria-current': 'page' as const } : {})}
            >
              <Icon size={21} aria-hidden="true" />
              <span>{t.nav[name]}</span>
            </a>
          ))}
        <button
          type="button"
          class="bottom-link"
          aria-expanded={isOpen}
          {...(others.some(({ href }) => isAt(path, href)) ? { 'aria-current': 'page' as const } : {})}
          onClick={() => setOpen(true)}
        >
          <Ellipsis size={21} aria-hidden="true" />
          <span>{t.nav.more}</span>
        </button>
      </nav>
      {isOpen && (
        <Dialog drawer title={t.nav.more} onClose={() => setOpen(false)}>
          <div class="stack">
            <HomeSwitch />
            <NavLinks names={others} />
          </div>
        </Dialog>
      )}
    </>
  )
}

/** Around every page of somebody who is signed in: navigation, and the one live connection. */
export const Shell = ({ children }: { readonly children: ComponentChildren }) => {
  const t = useText()
  const isSignedIn = session.value.type === 'signed_in'
  useEffect(() => {
    const shown = new AbortController()
    followSpeakers(shown.signal)
    followAlerts(shown.signal)
    return () => shown.abort()
  }, [])
  useEffect(() => {
    const signedIn = new AbortController()
    if (isSignedIn) void stayLive(signedIn.signal)
    return () => signedIn.abort()
  }, [isSignedIn])
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {t.nav.skip}
      </a>
      <nav class="sidebar" aria-label={t.nav.label}>
        <Brand />
        <HomeSwitch />
        <NavLinks names={destinations} />
        <div class="sidebar-foot">
          <LiveState />
        </div>
      </nav>
      <header class="topbar">
        <Brand />
        <LiveState />
      </header>
      <main id="main" class="main" tabIndex={-1}>
        <OfflineBanner />
        <AlertBanner />
        {children}
      </main>
      <BottomNav />
    </div>
  )
}
