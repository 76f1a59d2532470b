import { chineseDigitsToCharacters } from './numbers.zh.ts'

/** Typed or recognised Chinese text to characters of the grammar; Latin words and long numbers stay whole. */

const clockTime = (_all: string, hour: string, minute: string): string => {
  if (Number(minute) === 0) return `${chineseDigitsToCharacters(hour)}点`
  const spokenMinute = chineseDigitsToCharacters(String(Number(minute)))
  return `${chineseDigitsToCharacters(String(Number(hour)))}点${Number(minute) < 10 ? '零' : ''}${spokenMinute}分`
}

const signs: readonly (readonly [RegExp, string | ((...match: string[]) => string)])[] = [
  [/(\d{1,2})[::]([0-5]\d)/g, clockTime],
  [/(\d)[,,](?=\d{3}(?!\d))/g, '$1'],
  [/(\d+(?:\.\d+)?)\s*[%%]/g, '百分之$1'],
  [/℃|°\s*c/g, '摄氏度'],
  [/℉|°\s*f/g, '华氏度'],
  [/km\s*\/\s*h/g, '公里每小时'],
  [/km/g, '公里'],
  [/kg/g, '公斤'],
  [/[++]/g, '加'],
  [/(\d\s*)[*×x](?=\s*\d)/g, '$1乘以'],
  [/(\d\s*)[/÷](?=\s*\d)/g, '$1除以'],
  [/(\d\s*)[-−–](?=\s*\d)/g, '$1减'],
  [/(^|[^\d])[-−](?=\d)/g, '$1负'],
  [/=\s*[??]?\s*$/g, '等于几'],
  [/(?<![\d.])(\d{1,15}(?:\.\d{1,12})?)(?!\d)/g, (_all, digits) => `${chineseDigitsToCharacters(digits)} `],
]

const traditionalCharacters =
  '現點幾時間鐘鬧設個後兩響聲調靜關開燈電視氣樂謝見誰麼會為說話聽號週講風這離還東紐約倫負減數過來們嗎請讓對餵擲幣計於換華攝頭麵條雞簾刪萬億錄聞複夠別閉鈴廳臥廚書機給幫煩禮頓羅馬蘇聖兒裡'
const simplifiedCharacters =
  '现点几时间钟闹设个后两响声调静关开灯电视气乐谢见谁么会为说话听号周讲风这离还东纽约伦负减数过来们吗请让对喂掷币计于换华摄头面条鸡帘删万亿录闻复够别闭铃厅卧厨书机给帮烦礼顿罗马苏圣儿里'

/** The characters of the commands alone; the language model gets the text as it was written. */
const simplified = new Map([...traditionalCharacters].map((char, index) => [char, simplifiedCharacters[index] ?? char]))

const fillers = new Set(['嗯', '呃', '额', '唔', '啊'])

export const chineseWordsOf = (text: string): readonly string[] => {
  let plain = text.toLowerCase().normalize('NFKC')
  for (const [sign, words] of signs) {
    plain = typeof words === 'string' ? plain.replace(sign, words) : plain.replace(sign, words)
  }
  const words = plain.match(/\d+(?:\.\d+)?|[a-z']+|\p{Script=Han}|〇/gu) ?? []
  return words.map((word) => simplified.get(word) ?? word).filter((word) => !fillers.has(word))
}
