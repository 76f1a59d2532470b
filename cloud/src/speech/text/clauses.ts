/** From this length on a text is spoken in parts, so that its beginning is heard before its end is made. */
const longCharacters = 90
const shortestClause = 30

/**
 * Cuts a long text behind sentence ends, and behind commas where a sentence itself is long. The parts together are the text; a
 * short text stays whole, since a voice reads whole sentences best.
 */
export const clausesOf = (text: string): readonly string[] => {
  if (text.length < longCharacters) return [text]
  const sentences = text.split(/(?<=[.!?;:])\s+/)
  const parts = sentences.flatMap((sentence) =>
    sentence.length < longCharacters ? [sentence] : sentence.split(/(?<=,)\s+/),
  )
  return joinShort(parts)
}

const joinShort = (parts: readonly string[]): readonly string[] => {
  const clauses: string[] = []
  for (const part of parts) {
    const last = clauses.at(-1)
    const joins = last !== undefined && (last.length < shortestClause || part.length < shortestClause)
    if (joins) clauses[clauses.length - 1] = `${last} ${part}`
    else clauses.push(part)
  }
  return clauses
}
