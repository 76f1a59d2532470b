/**
 * Units that can be converted: factor to the base unit of their quantity (metre, gram, litre, metre per second, second), and what
 * they are called. Factors are exact by definition (NIST SP 811); volumes are the US customary ones. Temperatures have rules of their own.
 */
export type Quantity = 'length' | 'mass' | 'volume' | 'speed' | 'time' | 'temperature'

export type Unit = {
  readonly quantity: Quantity
  readonly factor: number
  /** Singular and plural as a reply says them. */
  readonly en: readonly [string, string]
  readonly zh: string
  /** Further names that are understood, as templates; a ^ keeps one from the recogniser. */
  readonly enAlso?: readonly string[]
  readonly zhAlso?: readonly string[]
}

export const units = {
  millimeter: {
    quantity: 'length',
    factor: 0.001,
    en: ['millimeter', 'millimeters'],
    zh: '毫米',
    enAlso: ['^mm', '^millimetres'],
  },
  centimeter: {
    quantity: 'length',
    factor: 0.01,
    en: ['centimeter', 'centimeters'],
    zh: '厘米',
    enAlso: ['^cm', '^centimetres'],
  },
  meter: { quantity: 'length', factor: 1, en: ['meter', 'meters'], zh: '米', enAlso: ['^m', '^metre', '^metres'] },
  kilometer: {
    quantity: 'length',
    factor: 1_000,
    en: ['kilometer', 'kilometers'],
    zh: '公里',
    enAlso: ['^km', '^kilometre', '^kilometres'],
    zhAlso: ['千米'],
  },
  inch: { quantity: 'length', factor: 0.0254, en: ['inch', 'inches'], zh: '英寸' },
  foot: { quantity: 'length', factor: 0.3048, en: ['foot', 'feet'], zh: '英尺', enAlso: ['^ft'] },
  yard: { quantity: 'length', factor: 0.9144, en: ['yard', 'yards'], zh: '码' },
  mile: { quantity: 'length', factor: 1_609.344, en: ['mile', 'miles'], zh: '英里' },
  gram: { quantity: 'mass', factor: 1, en: ['gram', 'grams'], zh: '克', enAlso: ['^g'] },
  kilogram: {
    quantity: 'mass',
    factor: 1_000,
    en: ['kilogram', 'kilograms'],
    zh: '公斤',
    enAlso: ['kilos', '^kilo', '^kg'],
    zhAlso: ['千克'],
  },
  jin: { quantity: 'mass', factor: 500, en: ['jin', 'jin'], zh: '斤', enAlso: ['^catties'] },
  ounce: { quantity: 'mass', factor: 28.349523125, en: ['ounce', 'ounces'], zh: '盎司', enAlso: ['^oz'] },
  pound: { quantity: 'mass', factor: 453.59237, en: ['pound', 'pounds'], zh: '磅', enAlso: ['^lb', '^lbs'] },
  milliliter: {
    quantity: 'volume',
    factor: 0.001,
    en: ['milliliter', 'milliliters'],
    zh: '毫升',
    enAlso: ['^ml', '^millilitres'],
  },
  liter: { quantity: 'volume', factor: 1, en: ['liter', 'liters'], zh: '升', enAlso: ['^l', '^litre', '^litres'] },
  cup: { quantity: 'volume', factor: 0.2365882365, en: ['cup', 'cups'], zh: '杯' },
  pint: { quantity: 'volume', factor: 0.473176473, en: ['pint', 'pints'], zh: '品脱' },
  gallon: { quantity: 'volume', factor: 3.785411784, en: ['gallon', 'gallons'], zh: '加仑' },
  tablespoon: { quantity: 'volume', factor: 0.01478676478125, en: ['tablespoon', 'tablespoons'], zh: '汤匙' },
  teaspoon: { quantity: 'volume', factor: 0.00492892159375, en: ['teaspoon', 'teaspoons'], zh: '茶匙' },
  kilometer_per_hour: {
    quantity: 'speed',
    factor: 1 / 3.6,
    en: ['kilometer per hour', 'kilometers per hour'],
    zh: '公里每小时',
    enAlso: ['^(km h)', '^kmh', '^kph', '^(kilometres per hour)'],
  },
  mile_per_hour: {
    quantity: 'speed',
    factor: 0.44704,
    en: ['mile per hour', 'miles per hour'],
    zh: '英里每小时',
    enAlso: ['^mph'],
  },
  meter_per_second: {
    quantity: 'speed',
    factor: 1,
    en: ['meter per second', 'meters per second'],
    zh: '米每秒',
    enAlso: ['^(metres per second)'],
  },
  knot: { quantity: 'speed', factor: 1_852 / 3_600, en: ['knot', 'knots'], zh: '节' },
  second: { quantity: 'time', factor: 1, en: ['second', 'seconds'], zh: '秒', zhAlso: ['秒钟'] },
  minute: { quantity: 'time', factor: 60, en: ['minute', 'minutes'], zh: '分钟' },
  hour: { quantity: 'time', factor: 3_600, en: ['hour', 'hours'], zh: '小时', zhAlso: ['个小时'] },
  day: { quantity: 'time', factor: 86_400, en: ['day', 'days'], zh: '天' },
  week: { quantity: 'time', factor: 604_800, en: ['week', 'weeks'], zh: '周', zhAlso: ['个星期'] },
  year: { quantity: 'time', factor: 31_536_000, en: ['year', 'years'], zh: '年' },
  celsius: {
    quantity: 'temperature',
    factor: 1,
    en: ['degree celsius', 'degrees celsius'],
    zh: '摄氏度',
    enAlso: ['celsius', '^centigrade', '^(degrees centigrade)'],
    zhAlso: ['摄氏'],
  },
  fahrenheit: {
    quantity: 'temperature',
    factor: 1,
    en: ['degree fahrenheit', 'degrees fahrenheit'],
    zh: '华氏度',
    enAlso: ['fahrenheit'],
    zhAlso: ['华氏'],
  },
  kelvin: { quantity: 'temperature', factor: 1, en: ['kelvin', 'kelvin'], zh: '开尔文' },
} as const satisfies Readonly<Record<string, Unit>>

export type UnitName = keyof typeof units

export const isUnitName = (name: string): name is UnitName => Object.hasOwn(units, name)

export const unitNamed = (name: UnitName): Unit => units[name]

export const unitNames = Object.keys(units).filter(isUnitName)

const toKelvin = (value: number, unit: UnitName): number => {
  if (unit === 'celsius') return value + 273.15
  return unit === 'fahrenheit' ? ((value - 32) * 5) / 9 + 273.15 : value
}

const fromKelvin = (value: number, unit: UnitName): number => {
  if (unit === 'celsius') return value - 273.15
  return unit === 'fahrenheit' ? ((value - 273.15) * 9) / 5 + 32 : value
}

/** The value in the other unit; undefined when the two measure different things. */
export const convertUnits = (value: number, from: UnitName, to: UnitName): number | undefined => {
  const [source, target] = [unitNamed(from), unitNamed(to)]
  if (source.quantity !== target.quantity) return undefined
  if (source.quantity === 'temperature') return fromKelvin(toKelvin(value, from), to)
  return (value * source.factor) / target.factor
}
