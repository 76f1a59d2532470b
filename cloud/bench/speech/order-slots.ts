/** The slots of a coffee order, as `labels.json` of the recordings has them. */
export type OrderSlots = Readonly<Record<string, string>>

const amount = '(?:(?:some|a bit of|a little bit of|lots of|a lot of) )?'

const slotPatterns: Readonly<Record<string, RegExp>> = {
  coffeeDrink:
    /\b(?:iced coffee|drip coffee|house coffee|iced mocha|coffee|mocha|espresso|americano|cappuccino|latte)\b/,
  roast: /\b(?:light|dark|medium) roast\b/,
  numberOfShots: /\b(?:single|double|triple) shot\b/,
  size: /\b(?:(?:twelve|eight|twenty|sixteen) ounce|large|medium(?! roast)|small)\b/,
  milkAmount: new RegExp(`\\b${amount}(?:(?:soy|almond|whole|skim) milk|milk|cream)\\b`),
  sugarAmount: new RegExp(`\\b${amount}(?:brown sugar|sweetener|sugar)\\b`),
}

export const orderSlots = (text: string): OrderSlots =>
  Object.fromEntries(
    Object.entries(slotPatterns).flatMap(([slot, pattern]) => {
      const found = pattern.exec(text)
      return found ? [[slot, found[0]]] : []
    }),
  )

/** True when every slot is there with its value and no other is. */
export const sameSlots = (left: OrderSlots, right: OrderSlots): boolean =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])].every(
    (slot) => left[slot]?.trim() === right[slot]?.trim(),
  )
