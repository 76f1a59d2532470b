import type { ApiFailure } from '@mynah/shared/api/client.ts'
import type { Result } from '@mynah/shared/result.ts'
import { useState } from 'preact/hooks'
import { tellFailed } from '../design/toast.tsx'
import { textNow } from '../i18n/language.ts'
import { failureText } from '../session/failure-text.ts'
import { type Resource, useResource } from './resource.tsx'

type PageLike = { readonly items: readonly unknown[]; readonly next_cursor: string | null }

export type Pages<P> = {
  /** All pages that were read so far, as one. */
  readonly resource: Resource<P>
  /** Reads the next page; undefined on the last. */
  readonly more: (() => void) | undefined
  readonly isLoadingMore: boolean
}

/** A list that comes in pages by cursor. Another `key` starts again. */
export const usePages = <P extends PageLike>(
  key: string,
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Result<P, ApiFailure>>,
): Pages<P> => {
  const resource = useResource(key, (signal) => load(undefined, signal))
  const [isLoadingMore, setLoadingMore] = useState(false)
  const soFar = resource.state.type === 'ready' ? resource.state.value : undefined
  const cursor = soFar?.next_cursor ?? undefined

  const readMore = async () => {
    if (!soFar || cursor === undefined) return
    setLoadingMore(true)
    const next = await load(cursor, new AbortController().signal)
    setLoadingMore(false)
    if (next.ok) resource.set({ ...next.value, items: [...soFar.items, ...next.value.items] })
    else tellFailed(failureText(textNow(), next.error))
  }
  return { resource, isLoadingMore, more: cursor === undefined ? undefined : () => void readMore() }
}
