import type { Clock, Timer } from '@mynah/shared/time/clock.ts'
import type { Principal, Principals } from '../auth/principals.ts'
import type { LiveHub } from './hub.ts'
import { isSameView, type LiveView, viewOf } from './live-view.ts'

/** Callers that have live connections: what they may see is kept true as long as they have one. */
export type Viewers = {
  readonly join: (principal: Principal) => {
    readonly viewer: string
    readonly view: LiveView
    readonly leave: () => void
  }
  /** Connections. */
  readonly size: () => number
  readonly close: () => void
}

export type ViewersDeps = {
  readonly clock: Clock
  readonly principals: Pick<Principals, 'lookAgain' | 'onForget'>
  readonly hub: Pick<LiveHub, 'setView' | 'end'>
}

/** A change made by another process on the same database, and the end of a token, are seen after this long. */
const lookEveryMs = 20_000

type Viewer = { principal: Principal; view: LiveView; connections: number; timer: Timer }

/** Connections of one login or one token have the same rights: they are looked up once for all of them. */
const viewerOf = ({ via }: Principal): string =>
  via.type === 'login' ? `login ${via.loginId}` : `token ${via.tokenId}`

export const createViewers = ({ clock, principals, hub }: ViewersDeps): Viewers => {
  const viewers = new Map<string, Viewer>()
  let size = 0
  const drop = (name: string, viewer: Viewer) => {
    viewer.timer.cancel()
    if (viewers.get(name) === viewer) viewers.delete(name)
  }
  const lookAgain = (name: string, viewer: Viewer) => {
    const principal = principals.lookAgain(viewer.principal)
    if (!principal) {
      drop(name, viewer)
      return hub.end(name)
    }
    viewer.principal = principal
    const view = viewOf(principal)
    if (isSameView(view, viewer.view)) return
    viewer.view = view
    hub.setView(name, view)
  }
  const lookLater = (name: string): Timer =>
    clock.startTimer(lookEveryMs, () => {
      const viewer = viewers.get(name)
      if (!viewer) return
      viewer.timer = lookLater(name)
      lookAgain(name, viewer)
    })
  const stop = principals.onForget(() => {
    for (const [name, viewer] of viewers) lookAgain(name, viewer)
  })
  return {
    join: (principal) => {
      const name = viewerOf(principal)
      const view = viewOf(principal)
      const viewer = viewers.get(name) ?? { principal, view, connections: 0, timer: lookLater(name) }
      viewers.set(name, viewer)
      viewer.principal = principal
      viewer.view = view
      viewer.connections += 1
      size += 1
      const leave = () => {
        size -= 1
        viewer.connections -= 1
        if (viewer.connections === 0) drop(name, viewer)
      }
      return { viewer: name, view, leave }
    },
    size: () => size,
    close: () => {
      stop()
      for (const [name, viewer] of viewers) drop(name, viewer)
    },
  }
}
