import type { ApiFailure } from '@mynah/shared/api/client.ts'
import type { Result } from '@mynah/shared/result.ts'
import type { ComponentChildren } from 'preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ErrorState, SkeletonRows } from '../design/states.tsx'
import { refreshCount } from '../live/refresh.ts'

export type ResourceState<T> =
  | { readonly type: 'loading' }
  | { readonly type: 'ready'; readonly value: T }
  | { readonly type: 'failed'; readonly failure: ApiFailure }

export type Resource<T> = {
  readonly state: ResourceState<T>
  /** Loads again without hiding what is shown. */
  readonly reload: () => void
  readonly set: (value: T) => void
  /** Changes what is there; nothing while nothing is. */
  readonly update: (change: (value: T) => T) => void
}

/**
 * Something fetched while a component is shown. `key` names what: when it changes, the old one is given up. It is loaded again,
 * quietly, whenever events may have been missed.
 */
export const useResource = <T,>(
  key: string,
  load: (signal: AbortSignal) => Promise<Result<T, ApiFailure>>,
): Resource<T> => {
  const [state, setState] = useState<ResourceState<T>>({ type: 'loading' })
  const [attempt, setAttempt] = useState(0)
  const latestLoad = useRef(load)
  latestLoad.current = load
  const shownKey = useRef(key)
  const refreshes = refreshCount.value

  // these three say when to load, and are not read by loading.
  useEffect(() => {
    const given = new AbortController()
    if (shownKey.current !== key) setState({ type: 'loading' })
    shownKey.current = key
    void latestLoad.current(given.signal).then((result) => {
      if (given.signal.aborted) return
      if (result.ok) setState({ type: 'ready', value: result.value })
      else setState((before) => (before.type === 'ready' ? before : { type: 'failed', failure: result.error }))
    })
    return () => given.abort()
  }, [key, attempt, refreshes])

  const reload = useCallback(() => setAttempt((count) => count + 1), [])
  const set = useCallback((value: T) => setState({ type: 'ready', value }), [])
  const update = useCallback(
    (change: (value: T) => T) =>
      setState((before) => (before.type === 'ready' ? { type: 'ready', value: change(before.value) } : before)),
    [],
  )
  return { state, reload, set, update }
}

/** Shows a resource in each of its states. */
export const Loaded = <T,>({
  resource,
  waiting,
  children,
}: {
  readonly resource: Resource<T>
  readonly waiting?: ComponentChildren
  readonly children: (value: T) => ComponentChildren
}) => {
  switch (resource.state.type) {
    case 'loading':
      return <>{waiting ?? <SkeletonRows count={4} />}</>
    case 'failed':
      return <ErrorState failure={resource.state.failure} onRetry={resource.reload} />
    case 'ready':
      return <>{children(resource.state.value)}</>
  }
}
