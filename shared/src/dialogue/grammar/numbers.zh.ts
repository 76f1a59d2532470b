/** Chinese numbers as characters, both ways. */

const digits = '零一二三四五六七八九'

/** 0 to 9999 without a sign: 一千零五, 十五, 二百. */
const belowTenThousand = (value: number, leading: boolean): string => {
  const places = ['千', '百', '十', '']
  let text = ''
  let gap = false
  let divisor = 1_000
  let rest = value
  for (const place of places) {
    const digit = Math.floor(rest / divisor)
    rest %= divisor
    divisor /= 10
    if (digit === 0) gap = text !== ''
    else {
      text += `${gap ? '零' : ''}${digits[digit] ?? ''}${place}`
      gap = false
    }
  }
  return leading && /^一十/.test(text) ? text.slice(1) : text
}

const wholeCharacters = (value: number): string => {
  if (value === 0) return '零'
  let text = ''
  let rest = value
  for (const scale of ['', '万', '亿', '万亿']) {
    const group = rest % 10_000
    rest = Math.floor(rest / 10_000)
    if (group > 0) {
      const joint = text !== '' && !text.startsWith('零') && needsZero(value, scale) ? '零' : ''
      text = `${belowTenThousand(group, rest === 0)}${scale}${joint}${text}`
    }
  }
  return text
}

/** 一万零五: a gap between a group and the one below it is said as 零. */
const needsZero = (value: number, scale: string): boolean => {
  const size = scale === '万' ? 1 : scale === '亿' ? 10_000 : 100_000_000
  return Math.floor(value / size) % 10_000 < 1_000
}

/** A number as one says it: 负二点五, 一千零一. Beyond 10^15 a power of ten is named. */
export const chineseNumber = (value: number, decimals = 3): string => {
  if (!Number.isFinite(value)) return '不是一个数'
  if (value < 0) {
    const positive = chineseNumber(-value, decimals)
    return positive === '零' ? positive : `负${positive}`
  }
  if (value > 999_999_999_999_999) {
    const [mantissa = '1', exponent = '0'] = value.toExponential(2).split('e')
    return `大约${chineseNumber(Number(mantissa))}乘以十的${chineseNumber(Number(exponent))}次方`
  }
  const [whole = '0', fraction = ''] = value.toFixed(decimals).split('.')
  const places = fraction.replace(/0+$/, '')
  const text = wholeCharacters(Number(whole))
  return places ? `${text}点${[...places].map((digit) => digits[Number(digit)] ?? '').join('')}` : text
}

/** A number that counts things: 两 in front of a measure word where the number is two (两点, 两分钟). */
export const chineseCount = (value: number): string => (value === 2 ? '两' : chineseNumber(value))

const digitOf = (char: string): number | undefined => {
  if (char === '两') return 2
  if (char === '〇') return 0
  const value = digits.indexOf(char)
  return value < 0 ? undefined : value
}

const placeOf: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1_000 }

type Count = {
  readonly total: number
  readonly group: number
  readonly digit: number | undefined
  readonly place: number
}

const stepCount = (count: Count, char: string): Count | undefined => {
  const digit = digitOf(char)
  if (digit !== undefined) return { ...count, digit, place: digit === 0 ? 10 : count.place }
  const place = placeOf[char]
  if (place !== undefined) return { ...count, group: count.group + (count.digit ?? 1) * place, digit: undefined, place }
  if (char !== '万') return undefined
  const group = count.group + (count.digit ?? 0)
  return { total: (count.total + group) * 10_000, group: 0, digit: undefined, place: 10_000 }
}

const parseWhole = (chars: readonly string[]): number | undefined => {
  if (chars.length === 0) return undefined
  let count: Count | undefined = { total: 0, group: 0, digit: undefined, place: 10 }
  for (const char of chars) {
    count = stepCount(count, char)
    if (!count) return undefined
  }
  // 三百五 is 350: a bare last digit counts tenths of the place before it.
  const lastUnit = count.place > 10 ? count.place / 10 : 1
  return count.total + count.group + (count.digit ?? 0) * lastUnit
}

/** 二百零五点二 -> 205.2; also 负 in front and numbers left in digits. */
export const parseChineseNumber = (chars: readonly string[]): number | undefined => {
  const [first, ...rest] = chars
  if (first === '负') {
    const positive = parseChineseNumber(rest)
    return positive === undefined ? undefined : -positive
  }
  if (first !== undefined && chars.length === 1 && /^\d+(\.\d+)?$/.test(first)) return Number(first)
  const point = chars.indexOf('点')
  if (point < 0) return parseWhole(chars)
  const whole = parseWhole(chars.slice(0, point))
  const places = chars.slice(point + 1).map(digitOf)
  if (whole === undefined || places.length === 0 || places.includes(undefined)) return undefined
  return whole + Number(`0.${places.join('')}`)
}

/** Digits of typed text to the characters the grammar knows; what is too long stays a number. */
export const chineseDigitsToCharacters = (text: string): string => {
  const value = Number(text)
  const [, fraction = ''] = text.split('.')
  if (value > 9_999 || fraction.length > 3) return text
  const whole = wholeCharacters(Math.floor(value))
  return fraction ? `${whole}点${[...fraction].map((digit) => digits[Number(digit)] ?? '').join('')}` : whole
}
