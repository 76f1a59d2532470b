/** English numbers as words, both ways. */

const small = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
] as const
const tens = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'] as const
const scales = ['', 'thousand', 'million', 'billion', 'trillion'] as const

const ordinals = [
  'zeroth',
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
  'eleventh',
  'twelfth',
  'thirteenth',
  'fourteenth',
  'fifteenth',
  'sixteenth',
  'seventeenth',
  'eighteenth',
  'nineteenth',
] as const

const numberOf = new Map<string, number>([
  ...small.map((word, value): [string, number] => [word, value]),
  ...tens.map((word, index): [string, number] => [word, (index + 2) * 10]),
  ['oh', 0],
  ['a', 1],
  ['an', 1],
])

const belowHundred = (value: number): string => {
  if (value < 20) return small[value] ?? ''
  const unit = value % 10
  const ten = tens[Math.floor(value / 10) - 2] ?? ''
  return unit === 0 ? ten : `${ten} ${small[unit] ?? ''}`
}

const belowThousand = (value: number): string => {
  if (value < 100) return belowHundred(value)
  const rest = value % 100
  const hundreds = `${small[Math.floor(value / 100)] ?? ''} hundred`
  return rest === 0 ? hundreds : `${hundreds} and ${belowHundred(rest)}`
}

const wholeWords = (value: number): string => {
  if (value === 0) return 'zero'
  const groups: string[] = []
  let rest = value
  for (const scale of scales) {
    const group = rest % 1_000
    if (group > 0) {
      const lonelyTail = scale === '' && group < 100 && value >= 1_000
      groups.unshift(`${lonelyTail ? 'and ' : ''}${belowThousand(group)}${scale ? ` ${scale}` : ''}`)
    }
    rest = Math.floor(rest / 1_000)
  }
  return groups.join(' ')
}

/** The largest number that is still read out digit for digit in words. */
export const maxSpokenNumber = 999_999_999_999_999

/**
 * A number as one says it: "minus two point five", "one thousand and one". At most `decimals` places are said; beyond
 * `maxSpokenNumber` a power of ten is named.
 */
export const englishNumber = (value: number, decimals = 3): string => {
  if (!Number.isFinite(value)) return 'not a number'
  if (value < 0) {
    const positive = englishNumber(-value, decimals)
    return positive === 'zero' ? positive : `minus ${positive}`
  }
  if (value > maxSpokenNumber) {
    const [mantissa = '1', exponent = '0'] = value.toExponential(2).split('e')
    return `about ${englishNumber(Number(mantissa))} times ten to the power of ${englishNumber(Number(exponent))}`
  }
  const [whole = '0', fraction = ''] = value.toFixed(decimals).split('.')
  const places = fraction.replace(/0+$/, '')
  const words = wholeWords(Number(whole))
  return places ? `${words} point ${[...places].map((digit) => small[Number(digit)] ?? '').join(' ')}` : words
}

/** "first" for 1, up to "thirty first" and beyond. */
export const englishOrdinal = (value: number): string => {
  if (value < 20) return ordinals[value] ?? englishNumber(value)
  const unit = value % 10
  if (value < 100 && unit > 0) return `${tens[Math.floor(value / 10) - 2] ?? ''} ${ordinals[unit] ?? ''}`
  if (value < 100) return `${(tens[value / 10 - 2] ?? '').replace(/y$/, 'ie')}th`
  return `${englishNumber(value)}th`
}

const ordinalWords: readonly string[] = ordinals

export const parseEnglishOrdinal = (word: string): number | undefined => {
  const value = ordinalWords.indexOf(word)
  return value > 0 ? value : undefined
}

const parseDecimals = (words: readonly string[]): number | undefined => {
  const digits = words.map((word) => numberOf.get(word))
  if (digits.length === 0 || digits.some((digit) => digit === undefined || digit > 9)) return undefined
  return Number(`0.${digits.join('')}`)
}

const parseWhole = (words: readonly string[]): number | undefined => {
  if (words.length === 0) return undefined
  let total = 0
  let group = 0
  for (const word of words) {
    const value = numberOf.get(word)
    if (word === 'and') continue
    if (word === 'hundred') group = Math.max(1, group) * 100
    else if (word === 'thousand') {
      total += Math.max(1, group) * 1_000
      group = 0
    } else if (value !== undefined) group += value
    else return undefined
  }
  return total + group
}

/** "two hundred and five point two" -> 205.2; also "minus" in front and numbers left in digits. */
export const parseEnglishNumber = (words: readonly string[]): number | undefined => {
  const [first, ...rest] = words
  if (first === 'minus' || first === 'negative') {
    const positive = parseEnglishNumber(rest)
    return positive === undefined ? undefined : -positive
  }
  if (first !== undefined && words.length === 1 && /^\d+(\.\d+)?$/.test(first)) return Number(first)
  const point = words.indexOf('point')
  if (point < 0) return parseWhole(words)
  const whole = parseWhole(words.slice(0, point))
  const fraction = parseDecimals(words.slice(point + 1))
  return whole === undefined || fraction === undefined ? undefined : whole + fraction
}

/** Digits of typed text to the words the grammar knows; what is too long stays a number. */
export const englishDigitsToWords = (digits: string): string => {
  const value = Number(digits)
  const [, fraction = ''] = digits.split('.')
  return value <= 9_999 && fraction.length <= 3 ? spelled(digits, value) : digits
}

const spelled = (digits: string, value: number): string => {
  const [, fraction = ''] = digits.split('.')
  const whole = wholeWords(Math.floor(value))
  return fraction ? `${whole} point ${[...fraction].map((digit) => small[Number(digit)] ?? '').join(' ')}` : whole
}
