/** How English is written so that the rule-based voices read it right. */

const clockTime = /\b([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?\s*([ap]m\b|[ap]\.m\.?)?(?![\w:])/gi

const spokenTime = (_match: string, hour: string, minute: string, half: string | undefined): string => {
  const half12 = half ? ` ${half.replace(/\./g, '').toUpperCase().split('').join(' ')}` : ''
  const hourNumber = Number(hour)
  if (minute === '00') return half12 ? `${hourNumber}${half12}` : `${hourNumber} o'clock`
  const minuteNumber = Number(minute)
  return `${hourNumber} ${minuteNumber < 10 ? `oh ${minuteNumber}` : minuteNumber}${half12}`
}

const replacements: readonly (readonly [RegExp, string])[] = [
  [/°\s*C\b/g, ' degrees Celsius'],
  [/°\s*F\b/g, ' degrees Fahrenheit'],
  [/°/g, ' degrees'],
  [/(\d)\s*%/g, '$1 percent'],
  [/(\d)\s*km\/h\b/g, '$1 kilometers per hour'],
  [/(\d)\s*km\b/g, '$1 kilometers'],
  [/(\d)\s*kg\b/g, '$1 kilograms'],
  [/(\d)\s*cm\b/g, '$1 centimeters'],
  [/(\d)\s*mm\b/g, '$1 millimeters'],
  [/(\d)\s*ml\b/gi, '$1 milliliters'],
  [/(\d)\s*[×*]\s*(?=\d)/g, '$1 times '],
  [/(\d)\s*÷\s*(?=\d)/g, '$1 divided by '],
  [/(\d)\s+\+\s+(?=\d)/g, '$1 plus '],
  [/(\d)\s*=\s*(?=[\d-])/g, '$1 equals '],
  [/(\d)\s+[-−–]\s+(?=\d+(?:\.\d+)?\s*(?:=|equals))/g, '$1 minus '],
  [/(^|[\s(])[-−](?=\d)/g, '$1minus '],
  [/(\d),(?=\d{3}\b)/g, '$1'],
  [/&/g, ' and '],
  [/[‘’]/g, "'"],
  [/[“”]/g, '"'],
  [/\s[–—-]\s/g, ', '],
  [/[–—]/g, ', '],
  [/…/g, '.'],
  [/[*_`#~^|<>\\{}[\]]/g, ' '],
  [/\p{Extended_Pictographic}/gu, ' '],
  [/\s+/g, ' '],
]

/** Decimals digit by digit: "3.25" is "3 point 2 5". */
const spokenDecimal = (_match: string, whole: string, fraction: string): string =>
  `${whole} point ${Array.from(fraction).join(' ')}`

const range = /(?<![\w.,:/-])(\d+(?:\.\d+)?)\s?[-–~]\s?(\d+(?:\.\d+)?)(?![\w/-]|[.,:]\d|\s?=)/g

/** "5-7 minutes" is 5 to 7; the parts of a telephone number and the score 3-2 are not. */
const spokenRange = (written: string, from: string, to: string): string => {
  const isOneKind = to.length - from.length <= 1 && (to.length < 4 || from.length === to.length)
  return Number(from) < Number(to) && isOneKind ? `${from} to ${to}` : written
}

/** Times, units and signs as words; marks that would be read aloud, such as asterisks, are gone. */
export const spokenEnglish = (text: string): string => {
  const timed = text.normalize('NFC').replace(clockTime, spokenTime)
  const ranged = timed.replace(range, spokenRange)
  const worded = replacements.reduce((line, [pattern, words]) => line.replace(pattern, words), ranged)
  return worded.replace(/(?<![\d.])(\d+)\.(\d+)\b(?!\.\d)/g, spokenDecimal).trim()
}
