/** Passes on what a model says and keeps back what it thinks aloud between `<think>` and `</think>`, however the tags are split. */
export type ThinkingFilter = { readonly push: (text: string) => string; readonly flush: () => string }

const openTag = '<think>'
const closeTag = '</think>'

/** How many characters at the end of `text` could be the beginning of `tag`. */
const beginningOf = (tag: string, text: string): number => {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length -= 1) {
    if (tag.startsWith(text.slice(-length))) return length
  }
  return 0
}

export const createThinkingFilter = (): ThinkingFilter => {
  let held = ''
  let thinking = false

  const step = (): string | undefined => {
    const tag = thinking ? closeTag : openTag
    const at = held.indexOf(tag)
    if (at < 0) return undefined
    const said = thinking ? '' : held.slice(0, at)
    held = held.slice(at + tag.length)
    thinking = !thinking
    return said
  }

  return {
    push: (text) => {
      held += text
      let said = ''
      for (let piece = step(); piece !== undefined; piece = step()) said += piece
      const kept = beginningOf(thinking ? closeTag : openTag, held)
      if (!thinking) said += held.slice(0, held.length - kept)
      held = held.slice(held.length - kept)
      return said
    },
    flush: () => {
      const rest = thinking ? '' : held
      held = ''
      return rest
    },
  }
}
