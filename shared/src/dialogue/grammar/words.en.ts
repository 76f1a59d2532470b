import { englishDigitsToWords } from './numbers.en.ts'

/** Typed or recognised English text to lower-case words of the grammar. Order matters: signs first, then numbers, then letters. */

const clockTime = (_all: string, hour: string, minute: string): string => {
  if (Number(minute) === 0) return ` ${englishDigitsToWords(hour)} o'clock `
  const spokenMinute =
    Number(minute) < 10 ? `oh ${englishDigitsToWords(String(Number(minute)))}` : englishDigitsToWords(minute)
  return ` ${englishDigitsToWords(String(Number(hour)))} ${spokenMinute} `
}

const signs: readonly (readonly [RegExp, string | ((...match: string[]) => string)])[] = [
  [/[’‘`´]/g, "'"],
  [/\b(\d{1,2}):([0-5]\d)(?!\d)/g, clockTime],
  [/(\d)[,_](?=\d{3}\b)/g, '$1'],
  [/(\d)\s*°\s*([cf])\b/g, (_all, digit, scale) => `${digit} degrees ${scale === 'c' ? 'celsius' : 'fahrenheit'} `],
  [/°/g, ' degrees '],
  [/\bkm\s*\/\s*h\b/g, ' kmh '],
  [/\bm\s*\/\s*s\b/g, ' meters per second '],
  [/(\d)\s*h\b/g, '$1 hours '],
  [/%/g, ' percent '],
  [/\+/g, ' plus '],
  [/(\d\s*)[*×x](?=\s*\d)/g, '$1 times '],
  [/(\d\s*)[/÷](?=\s*\d)/g, '$1 divided by '],
  [/(\d\s*)\^(?=\s*\d)/g, '$1 to the power of '],
  [/(\d\s*)[-−–](?=\s*\d)/g, '$1 minus '],
  [/(^|\s)[-−](?=\d)/g, '$1 minus '],
  [/½/g, ' and a half '],
  [/²/g, ' squared '],
  [/³/g, ' cubed '],
  [/=\s*\??\s*$/g, ' '],
  [/(\b|\d)([ap])\.?\s?m\b\.?/g, '$1 $2 m '],
  [/(\d)(?=[a-z])/g, '$1 '],
  [/(?<![\d.])(\d{1,15}(?:\.\d{1,12})?)(?![\d])/g, (_all, digits) => ` ${englishDigitsToWords(digits)} `],
]

/** What people write for what the grammar says. */
const spellings: Readonly<Record<string, string>> = {
  whats: "what's",
  hows: "how's",
  whos: "who's",
  im: "i'm",
  dont: "don't",
  cant: "can't",
  ok: 'okay',
  min: 'minute',
  mins: 'minutes',
  sec: 'second',
  secs: 'seconds',
  hr: 'hour',
  hrs: 'hours',
  pls: 'please',
  oclock: "o'clock",
  myna: 'mynah',
  centre: 'center',
  grey: 'gray',
}

const ordinalEndings: Readonly<Record<string, string>> = {
  'one st': 'first',
  'two nd': 'second',
  'three rd': 'third',
  'four th': 'fourth',
  'five th': 'fifth',
}

/** Said while thinking; nothing is lost without them. */
const fillers = new Set(['um', 'uh', 'uhm', 'er', 'erm', 'hmm', 'ah'])

export const englishWordsOf = (text: string): readonly string[] => {
  let plain = text.toLowerCase().normalize('NFKC')
  // NFKC turns ½ and ² into digits, so the original is what the signs see.
  if (/[½²³°]/.test(text)) plain = text.toLowerCase()
  for (const [sign, words] of signs) {
    plain = typeof words === 'string' ? plain.replace(sign, words) : plain.replace(sign, words)
  }
  plain = plain
    .replace(/\b(one st|two nd|three rd|four th|five th)\b/g, (ending) => ordinalEndings[ending] ?? ending)
    .replace(/[^\p{L}\p{N}'.]+|\.(?!\d)|(?<!\d)\./gu, ' ')
  return plain
    .split(' ')
    .map((word) => word.replace(/^'+|'+$/g, ''))
    .map((word) => (Object.hasOwn(spellings, word) ? (spellings[word] ?? word) : word))
    .filter((word) => word !== '' && !fillers.has(word))
}
