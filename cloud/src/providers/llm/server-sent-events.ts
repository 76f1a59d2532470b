/**
 * Lines of a `text/event-stream` to the data of its events (WHATWG HTML, server-sent events). Any line ending, split anywhere;
 * comments, names and ids are passed over. An event that the stream's end cuts off is still given: some servers end without
 * the last empty line.
 */
export type EventParser = {
  readonly push: (text: string) => readonly string[]
  readonly flush: () => readonly string[]
}

/** Throws RangeError when one event is longer than `mostCharacters`. */
export const createEventParser = (mostCharacters: number): EventParser => {
  let held = ''
  let lines: string[] = []
  let gathered = 0

  const endEvent = (): string[] => {
    if (lines.length === 0) return []
    const event = lines.join('\n')
    lines = []
    gathered = 0
    return [event]
  }

  const takeLine = (line: string): string[] => {
    if (line === '') return endEvent()
    if (!line.startsWith('data:')) return []
    const value = line.slice(line[5] === ' ' ? 6 : 5)
    gathered += value.length
    lines.push(value)
    // One JSON object per line is what all servers send; waiting for the empty line would wait for the next token on some.
    return lines.length === 1 && (value.endsWith('}') || value === '[DONE]') ? endEvent() : []
  }

  const drain = (): string[] => {
    const events: string[] = []
    for (;;) {
      const match = /\r\n|\n|\r(?!$)/.exec(held)
      if (!match) break
      const line = held.slice(0, match.index)
      held = held.slice(match.index + match[0].length)
      events.push(...takeLine(line))
    }
    if (held.length + gathered > mostCharacters)
      throw new RangeError(`an event of more than ${mostCharacters} characters`)
    return events
  }

  return {
    push: (text) => {
      held += text
      return drain()
    },
    flush: () => {
      const rest = held.replace(/\r$/, '')
      held = ''
      return [...(rest === '' ? [] : takeLine(rest)), ...endEvent()]
    },
  }
}
