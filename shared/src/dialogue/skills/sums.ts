import { englishNumber } from '../grammar/numbers.en.ts'
import { chineseNumber } from '../grammar/numbers.zh.ts'
import { choiceIn, numberIn } from '../grammar/slot-value.ts'
import { convertUnits, isUnitName, type UnitName, unitNamed } from '../grammar/units.ts'
import { inLanguage, type Skill, type SkillContext, type SkillReply, say } from './skill.ts'

const notUnderstood = ({ language }: SkillContext): SkillReply =>
  say(inLanguage(language, "I can't work that out.", '这个我算不出来。'))

const apply = (operator: string | undefined, a: number, b: number): number => {
  if (operator === 'plus') return a + b
  if (operator === 'minus') return a - b
  return operator === 'times' ? a * b : a / b
}

const bindsTighter = (operator: string | undefined): boolean => operator === 'times' || operator === 'divided'

/** Rounds away the noise of binary fractions: 0.1 + 0.2 is 0.3. */
const tidy = (value: number): number => Number(value.toPrecision(12))

const spoken = (value: number, { language }: SkillContext, decimals = 3): string => {
  const number = tidy(value)
  return language === 'zh' ? chineseNumber(number, decimals) : englishNumber(number, decimals)
}

const isRounded = (value: number, decimals: number): boolean => Math.abs(Number(value.toFixed(decimals)) - value) > 1e-9

/** Enough places that a small number does not become zero. */
const decimalsFor = (value: number): number => {
  const size = Math.abs(value)
  if (size === 0 || size >= 100) return 1
  return size >= 1 ? 2 : Math.min(9, Math.ceil(-Math.log10(size)) + 1)
}

const answer = (value: number, context: SkillContext): SkillReply => {
  if (!Number.isFinite(value)) return notUnderstood(context)
  const number = tidy(value)
  const decimals = Math.max(3, decimalsFor(number))
  const text = spoken(number, context, decimals)
  const about = isRounded(number, decimals)
  return say(
    inLanguage(context.language, `That's ${about ? 'about ' : ''}${text}.`, `${about ? '大约' : ''}等于${text}。`),
  )
}

export const arithmetic: Skill = (context) => {
  const { slots, language } = context
  const [a, b, c] = [numberIn(slots, 'a'), numberIn(slots, 'b'), numberIn(slots, 'c')]
  const [first, second] = [choiceIn(slots, 'op'), choiceIn(slots, 'op2')]
  if (a === undefined || b === undefined) return notUnderstood(context)
  if ((first === 'divided' && b === 0) || (second === 'divided' && c === 0))
    return say(inLanguage(language, 'Nothing can be divided by zero.', '零不能做除数。'))
  if (second === undefined || c === undefined) return answer(apply(first, a, b), context)
  const rightFirst = bindsTighter(second) && !bindsTighter(first)
  return answer(rightFirst ? apply(first, a, apply(second, b, c)) : apply(second, apply(first, a, b), c), context)
}

export const percentOf: Skill = (context) => {
  const [a, b] = [numberIn(context.slots, 'a'), numberIn(context.slots, 'b')]
  return a === undefined || b === undefined ? notUnderstood(context) : answer((a / 100) * b, context)
}

export const power: Skill = (context) => {
  const a = numberIn(context.slots, 'a')
  const named = choiceIn(context.slots, 'power')
  const exponent = named === 'squared' ? 2 : named === 'cubed' ? 3 : numberIn(context.slots, 'b')
  return a === undefined || exponent === undefined ? notUnderstood(context) : answer(a ** exponent, context)
}

export const squareRoot: Skill = (context) => {
  const a = numberIn(context.slots, 'a')
  if (a === undefined) return notUnderstood(context)
  if (a < 0)
    return say(inLanguage(context.language, 'A negative number has no real square root.', '负数没有实数平方根。'))
  return answer(Math.sqrt(a), context)
}

const amountWith = (value: number, unit: UnitName, context: SkillContext, decimals: number): string => {
  const { en, zh } = unitNamed(unit)
  const text = spoken(value, context, decimals)
  if (context.language === 'zh') return `${text === '二' ? '两' : text}${zh}`
  return `${text} ${text === 'one' ? en[0] : en[1]}`
}

/** "72 degrees in celsius" leaves out the other scale. */
const otherScale = (to: UnitName): UnitName => (to === 'celsius' ? 'fahrenheit' : 'celsius')

export const convert: Skill = (context) => {
  const { slots, language } = context
  const a = numberIn(slots, 'a')
  const to = choiceIn(slots, 'to') ?? ''
  if (a === undefined || !isUnitName(to)) return notUnderstood(context)
  const named = choiceIn(slots, 'from') ?? otherScale(to)
  if (!isUnitName(named)) return notUnderstood(context)
  const value = convertUnits(a, named, to)
  if (value === undefined) {
    const [from, target] = [unitNamed(named), unitNamed(to)]
    return say(
      inLanguage(
        language,
        `${from.en[1]} and ${target.en[1]} measure different things, so I can't convert one to the other.`.replace(
          /^./,
          (first) => first.toUpperCase(),
        ),
        `${from.zh}和${target.zh}不是同一种量，没法换算。`,
      ),
    )
  }
  const about = isRounded(tidy(value), decimalsFor(value))
  // What was said is said back as it was; only the result may be rounded.
  const given = amountWith(a, named, context, Math.max(3, decimalsFor(a)))
  const result = amountWith(value, to, context, decimalsFor(value))
  const sentence = inLanguage(
    language,
    `${given} is ${about ? 'about ' : ''}${result}.`,
    `${given}${about ? '大约' : ''}等于${result}。`,
  )
  return say(sentence.replace(/^./u, (first) => first.toUpperCase()))
}
