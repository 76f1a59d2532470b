import { cities } from './cities.ts'
import { closedList } from './closed-list.ts'
import type { SlotType } from './definition.ts'
import { parseEnglishNumber, parseEnglishOrdinal } from './numbers.en.ts'
import { parseEnglishDay, parseEnglishDaysOfWeek, parseEnglishDuration, parseEnglishTime } from './times.en.ts'
import { type Unit, unitNamed, unitNames } from './units.ts'

/** Shared pieces of the English commands. Numbers are rules: nothing is listed one by one. */
export const englishRules: Readonly<Record<string, string>> = {
  digit: 'one|two|three|four|five|six|seven|eight|nine',
  teen: 'ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen',
  ty: 'twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety',
  below_hundred: '<ty> [<digit>]|<teen>|<digit>',
  hundreds: '(a|<digit>) hundred [[and] <below_hundred>]',
  below_thousand: '<hundreds>|<below_hundred>',
  thousands: '(a|<below_hundred>|^<hundreds>) thousand [<digit> hundred [[and] <below_hundred>]|[and] <below_hundred>]',
  teen_hundreds: '<teen> hundred [[and] <below_hundred>]',
  any_digit: 'zero|oh|<digit>',
  decimals: 'point <any_digit> [<any_digit>] [^<any_digit>]',
  below_ten_thousand: '<thousands>|<teen_hundreds>|<below_thousand>',
  quantity: '(zero|<below_ten_thousand>) [<decimals>]|^#',
  a: 'a|an',
  hour_word: 'hour|hours',
  minute_word: 'minute|minutes',
  second_word: 'second|seconds',
  count: '<below_hundred>|^<below_thousand>|^#',
  half_count:
    '<digit> and a half|<digit> point five|^(<below_hundred> (<decimals>|and a half))|half <a>|^half|a quarter of an|three quarters of an|a couple of',
  hours_and:
    '<hour_word> [[and] (<count>|a) <minute_word>] [^([and] <count> <second_word>)]|<hour_word> and (a half|^(a quarter)|<digit> <second_word>)',
  minutes_and: '<minute_word> [[and] (<count>|a) <second_word>]|<minute_word> and a half',
  hour12: 'one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve',
  minute_named:
    '(oh|^zero) <digit>|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(twenty|thirty|forty|fifty) [<digit>]',
  part_of_day: '(a|p) m|in the (morning|afternoon|evening)|at night',
  clock_time:
    "<hour12> [o'clock|<minute_named>] [<part_of_day>]|(half past|[a] quarter (past|to)|(five|ten|twenty|twenty five) [minutes] (past|to)) <hour12> [<part_of_day>]",
  full_clock:
    "<hour12> (o'clock [<part_of_day>]|<minute_named> [<part_of_day>]|<part_of_day>)|(half past|[a] quarter (past|to)) <hour12> [<part_of_day>]",
  day_clock:
    "^((zero|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty [one|two|three]) (<minute_named>|o'clock|hundred))",
  weekday: 'monday|tuesday|wednesday|thursday|friday|saturday|sunday',
  weekday_list: '<weekday> [<weekday>] [<weekday>] and <weekday>',
  wake: '[hey|okay|^hi|^ok] (jarvis|alexa|my croft|raspy|^mycroft|^rhasspy|^mynah)',
  correction:
    '(no|sorry|actually|wait) [sorry|wait|actually] [make (it|that)|i (meant|said)]|(make|change) (it|that) [to]|i (meant|said)',
  room: 'kitchen|bedroom|^bathroom|^(living room)|^office',
  whats: "what's|what is",
  please_can: "can you|could you|^(will you)|^(would you)|^(i want you to)|^(i'd like you to)",
  all_my: 'all [my|the|^(of my)|^(of the)]',
  with_label: '(for|called|^named) [^the|^my|^a|^some] {label}',
  at_time: '[at|for] {time}',
  when: '(for|at) {time} [{day}]|^(for {day} at {time})|^({day} at {time})',
}

const numberSlot = (template: string): SlotType => ({
  template,
  parse: (words) => {
    const value = parseEnglishNumber(words)
    return value === undefined ? undefined : { type: 'number', value }
  },
})

const textSlot = (template: string): SlotType => ({
  template,
  parse: (words) => ({ type: 'text', text: words.join(' ') }),
})

const unitList = Object.fromEntries(
  unitNames.map((name) => {
    const unit: Unit = unitNamed(name)
    return [name, [unit.en[1], unit.en[0], ...(unit.enAlso ?? [])].filter((one, at, all) => all.indexOf(one) === at)]
  }),
)

const cityList = Object.fromEntries(
  Object.entries(cities).map(([name, city]) => [
    name,
    [city.en.toLowerCase(), ...('enAlso' in city ? city.enAlso : [])],
  ]),
)

/** What timers are for; a name of one's own can be typed. */
const labels =
  'pasta|pizza|tea|coffee|eggs|egg|rice|bread|cake|laundry|oven|chicken|potatoes|soup|steak|cookies|dishwasher|medicine|homework|nap|break|workout'

/** Loudness by name, in percent. */
const namedLevels: Readonly<Record<string, number>> = { max: 100, maximum: 100, full: 100, half: 50 }

export const englishSlotTypes: Readonly<Record<string, SlotType>> = {
  number: numberSlot('[minus|^negative] <quantity>'),
  amount: numberSlot('[minus|^negative] (zero|<below_thousand>|^<below_ten_thousand>) [<decimals>]|a|^an|^#'),
  level: {
    template: 'a hundred|^(one hundred)|zero|<below_hundred>|^~<below_thousand>|^#|^max|^maximum|^full|^half',
    parse: (words) => {
      const value = namedLevels[words.join(' ')] ?? parseEnglishNumber(words)
      return value === undefined ? undefined : { type: 'number', value }
    },
  },
  duration: {
    template:
      '(<count>|a|an) (<hours_and>|<minutes_and>|<second_word>|day|days)|<half_count> (<hour_word>|<minute_word>)',
    parse: parseEnglishDuration,
  },
  /** "five more minutes" */
  more_duration: {
    template: '(<count>|a|an) more (<hour_word>|<minute_word>|<second_word>)',
    parse: (words) => parseEnglishDuration(words.filter((word) => word !== 'more')),
  },
  time: { template: '<clock_time>|noon|midnight|^midday|<day_clock>', parse: parseEnglishTime },
  full_time: { template: '<full_clock>|^<clock_time>|^noon|^midnight|<day_clock>', parse: parseEnglishTime },
  day: {
    template:
      'today|tomorrow [morning|afternoon|evening|night]|tonight|this (morning|afternoon|evening)|[on] <weekday> [morning|evening]|^(the day after tomorrow)',
    parse: parseEnglishDay,
  },
  days_of_week: {
    template:
      '(day|morning|evening|weekday|^weekend)|<weekday> [^morning|^evening]|^(<weekday_list> [morning|evening])',
    parse: parseEnglishDaysOfWeek,
  },
  plural_days: {
    template: 'weekdays|weekends|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays',
    parse: parseEnglishDaysOfWeek,
  },
  asked_day: { template: 'today|tomorrow|yesterday|^(the day after tomorrow)', parse: parseEnglishDay },
  ordinal: {
    template: 'first|second|third|fourth|fifth|^(sixth|seventh|eighth|ninth|tenth)|last',
    parse: ([word = '']) => {
      const value = word === 'last' ? -1 : parseEnglishOrdinal(word)
      return value === undefined ? undefined : { type: 'number', value }
    },
  },
  label: textSlot(`${labels}|*`),
  known_label: textSlot(labels),
  task: textSlot(
    'call (mom|dad)|take (my|the) medicine|check the oven|walk the dog|feed the (cat|dog)|take out the trash|do the laundry|water the plants|drink water|go to bed|leave|*',
  ),
  operator: closedList(
    {
      plus: ['plus', '^and', '^(added to)'],
      minus: ['minus', '^less'],
      times: ['times', 'multiplied by'],
      divided: ['divided by', 'over'],
    },
    'spaced',
  ),
  taking: closedList({ minus: ['subtract'] }, 'spaced'),
  verb: closedList({ plus: ['add'], times: ['multiply'], divided: ['divide'] }, 'spaced'),
  power: closedList({ squared: ['squared'], cubed: ['cubed'] }, 'spaced'),
  unit: closedList(unitList, 'spaced'),
  city: closedList(cityList, 'spaced'),
  service: closedList(
    {
      weather: ['weather', '^(weather forecast)', '^forecast', '^(temperature outside)'],
      lights: ['light', 'lights'],
      tv: ['tv', 'television'],
      curtains: ['curtains', '^blinds'],
      climate: ['air conditioner', 'heating', '^(air conditioning)', '^heater', '^fan'],
      music: ['music', '^radio', '^song', '^songs'],
      news: ['news'],
    },
    'spaced',
  ),
}
