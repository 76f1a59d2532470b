import type { Clock } from '@mynah/shared/time/clock.ts'
import type { ArchivedTurn, TurnArchive, TurnFilter, TurnPosition } from '../../store/turn-archive.ts'

export type Found = {
  readonly turns: readonly ArchivedTurn[]
  /** From where to go on; undefined when all was seen. */
  readonly next: TurnPosition | undefined
  readonly searchedAll: boolean
}

type Search = {
  readonly filter: TurnFilter
  readonly after: TurnPosition | undefined
  readonly limit: number
  readonly query: string | undefined
}
type SearchDeps = { readonly archive: Pick<TurnArchive, 'page'>; readonly clock: Clock }

/** Rows opened at once: some 4 ms, after which everybody else has a turn. */
const sliceSize = 50
/** What one request may take of the control process. */
const budgetMs = 250

/** Full-width and half-width, upper and lower case, composed and not: the same for a search. */
const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

/** Every word must be there, in what was heard or answered; a word may be part of another, as in Chinese all are. */
export const matcherOf = (query: string): ((turn: Pick<ArchivedTurn, 'heard' | 'reply'>) => boolean) => {
  const words = folded(query).split(/\s+/).filter(Boolean)
  return ({ heard, reply }) => {
    const text = folded(`${heard}\n${reply}`)
    return words.every((word) => text.includes(word))
  }
}

const positionOf = ({ startedAt, sessionId }: ArchivedTurn): TurnPosition => ({ startedAt, sessionId })

type Taken = { readonly turns: ArchivedTurn[]; readonly after: TurnPosition | undefined; readonly isFull: boolean }

/** Takes what matches from one slice until the page is full. */
const takeFrom = (
  slice: readonly ArchivedTurn[],
  { turns, after }: Pick<Taken, 'turns' | 'after'>,
  { matches, limit }: { matches: ReturnType<typeof matcherOf>; limit: number },
): Taken => {
  let last = after
  for (const turn of slice) {
    if (turns.length === limit) return { turns, after: last, isFull: true }
    if (matches(turn)) turns.push(turn)
    last = positionOf(turn)
  }
  return { turns, after: last, isFull: false }
}

/**
 * Newest first. With words, turns are opened and looked at one slice after the other until the page is full or the time of one
 * request is used up (docs/adr/0011): there is no index, because an index of what was said would lie open on the disk.
 */
export const findTurns = async (
  { archive, clock }: SearchDeps,
  search: Search,
  signal: AbortSignal,
): Promise<Found> => {
  const { filter, limit, query } = search
  const wanted = { limit, matches: query === undefined ? () => true : matcherOf(query) }
  const untilMs = clock.now() + budgetMs
  const size = query === undefined ? limit + 1 : sliceSize
  let taken: Taken = { turns: [], after: search.after, isFull: false }
  while (!signal.aborted) {
    const slice = archive.page(filter, taken.after, size)
    taken = takeFrom(slice, taken, wanted)
    if (taken.isFull) return { turns: taken.turns, next: taken.after, searchedAll: true }
    if (slice.length < size) return { turns: taken.turns, next: undefined, searchedAll: true }
    if (clock.now() >= untilMs) break
    await clock.sleep(0, signal)
  }
  return { turns: taken.turns, next: taken.after, searchedAll: false }
}
