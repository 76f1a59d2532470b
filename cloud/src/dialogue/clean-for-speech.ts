/** Text as a model writes it -> text as a voice can say it: no markdown, no emoji, no addresses. Empty when nothing can be said. */
const steps: readonly (readonly [RegExp, string])[] = [
  // Images and links keep their words.
  [/!?\[([^\]]*)\]\([^)]*\)/g, '$1'],
  [/\bhttps?:\/\/(?:www\.)?([^\s/)\]>，。]+)[^\s)\]>，。]*/gi, '$1'],
  [/\bwww\.([^\s/)\]>]+)[^\s)\]>]*/gi, '$1'],
  [/<[a-z/!][^<>]{0,200}>/gi, ' '],
  [/^\s*(?:#{1,6}\s+|>\s?|[-*+•]\s+(?:\[[ x]\]\s*)?)/gim, ''],
  [/^\s*(?:[-*_=]\s*){3,}$/gm, ''],
  [/(?<![\p{L}\p{N}])[*_~]{1,3}(?=\S)([^*~]*?\S)[*_~]{1,3}(?![\p{L}\p{N}])/gu, '$1'],
  [/(\d)\s*\*\s*(?=\d)/g, '$1 × '],
  [/[`*|]+/g, ' '],
  [/(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u{FE0F}|\u{200D}|\u{20E3})+/gu, ''],
  [/&(?:nbsp|amp|lt|gt|quot);/g, ' '],
  [/\s+/g, ' '],
  [/ ([,.!?;:，。！？])/g, '$1'],
]

export const cleanForSpeech = (text: string): string => {
  const clean = steps.reduce((so, [pattern, replacement]) => so.replace(pattern, replacement), text).trim()
  return /[\p{L}\p{N}]/u.test(clean) ? clean : ''
}
