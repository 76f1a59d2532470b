import { EngineError } from '../engine-error.ts'
import type { Segment, SphinxBinding, SphinxHandle, SphinxSettings } from './binding.ts'

/**
 * One decoder of the engine with calls in order, one at a time, each on a thread: the event loop is never held up. Searches
 * (grammars, language models) are kept by name, at most `maxSearches`; the least recently used is forgotten first.
 */
export type Decoder = {
  /** Adds the search unless it is there, and selects it. Rejects with `EngineError('bad_request')` when it does not compile. */
  readonly select: (name: string, search: Search) => Promise<void>
  /** Selects a search it already has; false when it has none of this name. */
  readonly reselect: (name: string) => Promise<boolean>
  readonly lookUpWord: (word: string) => string | undefined
  readonly addWord: (word: string, phones: string) => boolean
  readonly start: () => Promise<void>
  readonly feed: (samples: Int16Array) => Promise<void>
  /** The best text so far: cheap, but only between two calls. */
  readonly hypothesis: () => Promise<string | undefined>
  readonly end: () => Promise<Decoding>
  /** Decodes a complete utterance in one go, with the means of all of it. */
  readonly decodeWhole: (samples: Int16Array) => Promise<Decoding>
  /** Ends an utterance that nobody waits for. */
  readonly abandon: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A complete utterance as one search understood it; empty when it reached no end of its grammar. */
export type Decoding = { readonly text: string; readonly segments: readonly Segment[] }

/** `fsg` says the same as `jsgf`, compiled by `compileFsg`. */
export type GrammarSearch = { readonly type: 'grammar'; readonly jsgf: string; readonly fsg?: string | undefined }

export type Search =
  | GrammarSearch
  | { readonly type: 'language_model'; readonly path: string }
  /** Any phones of the acoustic model in any order, or in the order that the model at `path` expects. */
  | { readonly type: 'phone_loop'; readonly path?: string | undefined }

/** A compiled grammar decodes in half the time; the engine's own compiler takes what could not be compiled. */
const addGrammar = async (handle: SphinxHandle, name: string, { jsgf, fsg }: GrammarSearch): Promise<boolean> =>
  (fsg !== undefined && (await handle.setFsg(name, fsg))) || handle.setGrammar(name, jsgf)

const addSearch = (handle: SphinxHandle, name: string, search: Search): Promise<boolean> => {
  switch (search.type) {
    case 'grammar':
      return addGrammar(handle, name, search)
    case 'language_model':
      return handle.setLanguageModel(name, search.path)
    case 'phone_loop':
      return handle.setPhoneLoop(name, search.path)
  }
}

const createTurnstile = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T> | T): Promise<T> => {
    const turn = last.then(work)
    // The next in line goes on whatever became of this one, whose caller sees the error.
    last = turn.catch(() => {})
    return turn
  }
}

export const openDecoder = async (
  binding: SphinxBinding,
  settings: SphinxSettings,
  maxSearches: number,
): Promise<Decoder> => {
  const handle = await binding.openDecoder(settings)
  const inTurn = createTurnstile()
  const searches = new Set<string>()
  let inUtterance = false
  let closed = false

  const remember = (name: string) => {
    searches.delete(name)
    searches.add(name)
    for (const oldest of searches) {
      if (searches.size <= maxSearches) return
      handle.forget(oldest)
      searches.delete(oldest)
    }
  }
  const begin = () => {
    if (!handle.startUtterance()) throw new EngineError('failed', 'pocketsphinx could not start an utterance')
    inUtterance = true
  }
  const stop = async () => {
    if (!inUtterance) return
    inUtterance = false
    await handle.endUtterance()
  }
  const give = async (samples: Int16Array, whole: boolean) => {
    if (samples.length === 0) return
    if ((await handle.feed(samples, whole)) < 0) throw new EngineError('failed', 'pocketsphinx refused the audio')
  }
  const finish = async (): Promise<Decoding> => {
    await stop()
    const text = handle.hypothesis()
    return text === undefined ? { text: '', segments: [] } : { text, segments: handle.segments() }
  }
  const activate = (name: string) => {
    if (!handle.activate(name)) throw new EngineError('failed', 'pocketsphinx could not select its search')
    remember(name)
  }
  return {
    reselect: (name) =>
      inTurn(() => {
        if (!searches.has(name)) return false
        activate(name)
        return true
      }),
    select: (name, search) =>
      inTurn(async () => {
        if (!searches.has(name) && !(await addSearch(handle, name, search))) {
          throw new EngineError('bad_request', `pocketsphinx could not compile the ${search.type.replace('_', ' ')}`)
        }
        activate(name)
      }),
    lookUpWord: handle.lookUpWord,
    addWord: handle.addWord,
    start: () => inTurn(begin),
    feed: (samples) => inTurn(() => give(samples, false)),
    hypothesis: () => inTurn(handle.hypothesis),
    end: () => inTurn(finish),
    decodeWhole: (samples) =>
      inTurn(async () => {
        begin()
        await give(samples, true)
        return finish()
      }),
    abandon: () => inTurn(stop),
    close: () =>
      inTurn(async () => {
        if (closed) return
        closed = true
        await stop()
        handle.free()
      }),
  }
}
