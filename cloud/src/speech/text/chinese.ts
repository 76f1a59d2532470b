/** How Chinese is written so that the rule-based voice reads it right: figures as hanzi, times and units as they are said. */

const digits = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'] as const
const places = ['', '十', '百', '千'] as const
const myriads = ['', '万', '亿', '万亿'] as const

const digitOf = (character: string): string => digits[Number(character) as 0] ?? character

/** Up to four digits: 2005 is 两千零五, 10 is 十 when nothing stands before it. */
const spokenGroup = (group: string): string => {
  let spoken = ''
  let zero = false
  for (const [index, character] of Array.from(group).entries()) {
    const place = group.length - 1 - index
    if (character === '0') {
      zero = spoken !== ''
      continue
    }
    const liang = character === '2' && place >= 2
    spoken += `${zero ? '零' : ''}${liang ? '两' : digitOf(character)}${places[place] ?? ''}`
    zero = false
  }
  return spoken
}

const groupsOf = (whole: string): readonly string[] => {
  const groups: string[] = []
  for (let end = whole.length; end > 0; end -= 4) groups.unshift(whole.slice(Math.max(0, end - 4), end))
  return groups
}

/** A whole number of at most 16 digits; longer ones digit by digit. */
export const spokenWhole = (written: string): string => {
  const whole = written.replace(/^0+(?=\d)/, '')
  if (whole === '0') return '零'
  if (whole.length > 16) return Array.from(whole, digitOf).join('')
  const groups = groupsOf(whole)
  const spoken = groups.reduce((line, group, index) => {
    const words = spokenGroup(group.replace(/^0+/, ''))
    if (words === '') return line
    const needsZero = line !== '' && (group.startsWith('0') || line.endsWith('零'))
    const two = words === '二' && index < groups.length - 1 ? '两' : words
    return `${line}${needsZero ? '零' : ''}${two}${myriads[groups.length - 1 - index] ?? ''}`
  }, '')
  return spoken.replace(/^一十/, '十')
}

const spokenNumber = (written: string): string => {
  const [whole = '0', fraction] = written.split('.')
  const decimals = fraction ? `点${Array.from(fraction, digitOf).join('')}` : ''
  return `${spokenWhole(whole)}${decimals}`
}

const spokenTime = (_match: string, hour: string, minute: string): string => {
  const hours = Number(hour) === 2 ? '两' : spokenWhole(hour)
  if (minute === '00') return `${hours}点`
  return `${hours}点${minute.startsWith('0') ? '零' : ''}${spokenWhole(minute)}分`
}

/** 3-5分钟 is 三到五; the score 3-2 is only set apart. */
const spokenRange = (_match: string, from: string, to: string): string =>
  `${from}${Number(from) < Number(to) ? '到' : ' '}${to}`

const measureWords = '点|个|分钟|小时|天|周|次|遍|秒|米|公里|公斤|度|块|条|位|种|年半|千|百|万|亿'

const replacements: readonly (readonly [RegExp, string | ((...match: string[]) => string)])[] = [
  [/(\d[:：]\d\d)\s?[-–—~～]\s?(?=\d{1,2}[:：]\d\d)/g, '$1到'],
  [/([01]?\d|2[0-3])[:：]([0-5]\d)(?::[0-5]\d)?/g, spokenTime],
  [/(?<!\d)(\d{4})-0?(\d{1,2})-0?(\d{1,2})(?![\d-])/g, '$1年$2月$3日'],
  [/(\d{4})\s?[-–—~～]\s?(?=\d{4}年)/g, '$1年到'],
  [/(?<!\d)\d{3,4}(?:-\d{3,8})+/g, (number) => Array.from(number, digitOf).join('').replace(/-/g, ' ')],
  [/[1-9]\d00(?=年(?:前|的?历史|多|以上))|[13-9]000(?=年)/g, (number) => spokenNumber(number)],
  [/(\d{4})(?=年)/g, (_match, year) => Array.from(year ?? '', digitOf).join('')],
  [/(?<=\d),(?=\d{3})/g, ''],
  [/(\d+(?:\.\d+)?)\s*[%％]/g, (_match, number) => `百分之${spokenNumber(number ?? '')}`],
  [/(?<=\d)\s*[-−–]\s*(?=\d+(?:\.\d+)?\s*(?:=|等于))/g, '减'],
  [/(?<![\d-])(\d+(?:\.\d+)?)\s?[-–—~～]\s?(\d+(?:\.\d+)?)(?![\d-])/g, spokenRange],
  [/(?<!\d)[-−](?=\d)/g, '负'],
  [/°\s*C|℃|摄氏度/g, '摄氏度'],
  [/°/g, '度'],
  [/(?<=\d)\s*[×*]\s*(?=\d)/g, '乘以'],
  [/(?<=\d)\s*÷\s*(?=\d)/g, '除以'],
  [/(?<=\d)\s*\+\s*(?=\d)/g, '加'],
  [/=/g, '等于'],
  [new RegExp(`(?<![\\d.])2(?=${measureWords})`, 'g'), '两'],
  [/\d+(?:\.\d+)?/g, (number) => spokenNumber(number)],
  [/[*_`#~^|<>\\{}[\]“”"「」『』《》]/g, ' '],
  [/\p{Extended_Pictographic}/gu, ' '],
  [/[ \t]+/g, ' '],
]

export const spokenChinese = (text: string): string =>
  replacements
    .reduce(
      (line, [pattern, words]) =>
        typeof words === 'string' ? line.replace(pattern, words) : line.replace(pattern, words),
      text.normalize('NFC'),
    )
    .trim()
