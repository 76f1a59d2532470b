import { describe, expect, it } from 'vitest'
import { spokenChinese, spokenWhole } from '../../../src/speech/text/chinese.ts'
import { clausesOf } from '../../../src/speech/text/clauses.ts'
import { spokenEnglish } from '../../../src/speech/text/english.ts'

describe('English for the voice', () => {
  it.each([
    ["It's 3:05 pm.", "It's 3 oh 5 P M."],
    ['It is 15:00 now', "It is 15 o'clock now"],
    ['at 7:30 a.m. tomorrow', 'at 7 30 A M tomorrow'],
    ['21.5 °C', '21 point 5 degrees Celsius'],
    ['70°F outside', '70 degrees Fahrenheit outside'],
    ['That is -3°C, 80% humid', 'That is minus 3 degrees Celsius, 80 percent humid'],
    ['12 × 7 = 84', '12 times 7 equals 84'],
    ['1,234,567 people', '1234567 people'],
    ['**Sure** `code` 🙂 done', 'Sure code done'],
    ['pi is 3.14159', 'pi is 3 point 1 4 1 5 9'],
    ['5 km away', '5 kilometers away'],
    ['well-known twenty-one', 'well-known twenty-one'],
    ['version 1.2.3', 'version 1.2.3'],
    ['boil it for 5-7 minutes', 'boil it for 5 to 7 minutes'],
    ['18–25 °C and 60 – 70%', '18 to 25 degrees Celsius and 60 to 70 percent'],
    ['from 2010–2015.', 'from 2010 to 2015.'],
    ['10 - 3 = 7 and 3 - 10 = -7', '10 minus 3 equals 7 and 3 minus 10 equals minus 7'],
    ['3 - 10.5 = -7.5', '3 minus 10 point 5 equals minus 7 point 5'],
    ['it ended 3-2, call 555-1234', 'it ended 3-2, call 555-1234'],
  ])('reads %j as %j', (written, spoken) => {
    expect(spokenEnglish(written)).toBe(spoken)
  })
})

describe('Chinese for the voice', () => {
  it.each([
    ['现在是15:05', '现在是十五点零五分'],
    ['现在是2:00。', '现在是两点。'],
    ['2026年11月22日', '二零二六年十一月二十二日'],
    ['25°C', '二十五摄氏度'],
    ['湿度80%', '湿度百分之八十'],
    ['2个计时器', '两个计时器'],
    ['12×7=84', '十二乘以七等于八十四'],
    ['3.14', '三点一四'],
    ['-5', '负五'],
    ['煮3-5分钟', '煮三到五分钟'],
    ['气温-5到3度，18~25度，2010–2015年', '气温负五到三度，十八到二十五度，二零一零年到二零一五年'],
    ['10-3=7，3 - 10 = -7', '十减三等于七，三减十 等于 负七'],
    ['比分3-2，电话010-12345678', '比分三 二，电话零一零 一二三四五六七八'],
    ['8:00-9:30，2024-05-03', '八点到九点三十分，二零二四年五月三日'],
    ['有5000年历史，2000年前，1900年', '有五千年历史，两千年前，一九零零年'],
    ['1,234', '一千两百三十四'],
  ])('reads %j as %j', (written, spoken) => {
    expect(spokenChinese(written)).toBe(spoken)
  })

  it.each([
    ['0', '零'],
    ['10', '十'],
    ['15', '十五'],
    ['110', '一百一十'],
    ['105', '一百零五'],
    ['2005', '两千零五'],
    ['20000', '两万'],
    ['10001', '一万零一'],
    ['100000000', '一亿'],
    ['120034', '十二万零三十四'],
  ])('counts %s as %s', (written, spoken) => {
    expect(spokenWhole(written)).toBe(spoken)
  })
})

describe('clauses', () => {
  it('leaves a short text whole', () => {
    expect(clausesOf('One. Two. Three.')).toEqual(['One. Two. Three.'])
  })

  it('cuts a long text at sentences and loses nothing', () => {
    const text =
      'The timer is set for ten minutes from now, as you asked me to. I will tell you when the time is up. You can cancel it by saying so, at any time you like.'
    const clauses = clausesOf(text)
    expect(clauses.length).toBeGreaterThan(1)
    expect(clauses.join(' ')).toBe(text)
    expect(Math.min(...clauses.map(({ length }) => length))).toBeGreaterThanOrEqual(30)
  })
})
