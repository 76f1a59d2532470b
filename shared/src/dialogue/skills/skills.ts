import type { Intent } from '../grammar/intent.ts'
import { dateAsk, timeInCity, timeNow, weekdayAsk } from './clock.ts'
import { alarmList, cancelAll, cancelOne, reminderList, timerLeft, timerList } from './schedule-items.ts'
import {
  alarmRepeating,
  alarmSet,
  alarmSetOpen,
  reminderSet,
  reminderSetOpen,
  timerSet,
  timerSetOpen,
} from './schedule-set.ts'
import { inLanguage, type Skill, say } from './skill.ts'
import { arithmetic, convert, percentOf, power, squareRoot } from './sums.ts'
import * as talk from './talk.ts'
import { volumeAsk, volumeDown, volumeMute, volumeSet, volumeUnmute, volumeUp } from './volume.ts'

/** A bare time or length when nothing was asked: say how to ask for what they probably want. */
const bareDuration: Skill = ({ language }) =>
  say(
    inLanguage(
      language,
      'If you want a timer, say: set a timer for ten minutes.',
      '如果要计时，请说：设一个十分钟的计时器。',
    ),
  )

const bareTime: Skill = ({ language }) =>
  say(
    inLanguage(
      language,
      'If you want an alarm, say: set an alarm for seven.',
      '如果要闹钟，请说：设一个早上七点的闹钟。',
    ),
  )

const bareAnswer: Skill = ({ language }) =>
  say(
    inLanguage(
      language,
      "I haven't asked anything. Say: what can you do, and I'll tell you.",
      '我没有问你什么。可以说：你会做什么。',
    ),
  )

const nothingToChange: Skill = ({ language }) =>
  say(
    inLanguage(
      language,
      "I don't know what you mean to change. Say, for example: set a timer for ten minutes.",
      '不知道要改哪一个。可以说：设一个十分钟的计时器。',
    ),
  )

/** What answers each intent. */
export const skills: Readonly<Record<Intent, Skill>> = {
  time_now: timeNow,
  time_in_city: timeInCity,
  date_ask: dateAsk,
  weekday_ask: weekdayAsk,
  timer_set: timerSet,
  timer_set_open: timerSetOpen,
  timer_left: timerLeft,
  timer_list: timerList,
  timer_cancel: cancelOne('timer'),
  timer_cancel_all: cancelAll('timer'),
  alarm_set: alarmSet,
  alarm_set_open: alarmSetOpen,
  alarm_repeating: alarmRepeating,
  alarm_list: alarmList,
  alarm_cancel: cancelOne('alarm'),
  alarm_cancel_all: cancelAll('alarm'),
  reminder_set: reminderSet,
  reminder_set_open: reminderSetOpen,
  reminder_list: reminderList,
  reminder_cancel: cancelOne('reminder'),
  reminder_cancel_all: cancelAll('reminder'),
  volume_set: volumeSet,
  volume_up: volumeUp,
  volume_down: volumeDown,
  volume_mute: volumeMute,
  volume_unmute: volumeUnmute,
  volume_ask: volumeAsk,
  stop: talk.stop,
  cancel: talk.cancel,
  repeat: talk.repeat,
  arithmetic,
  percent_of: percentOf,
  power,
  square_root: squareRoot,
  convert,
  help: talk.help,
  who_are_you: talk.whoAreYou,
  who_made_you: talk.whoMadeYou,
  are_you_human: talk.areYouHuman,
  privacy: talk.privacy,
  hello: talk.hello,
  how_are_you: talk.howAreYou,
  thanks: talk.thanks,
  goodbye: talk.goodbye,
  good_morning: talk.goodMorning,
  good_night: talk.goodNight,
  joke: talk.joke,
  coin: talk.coin,
  dice: talk.dice,
  not_connected: talk.notConnected,
  answer_duration: bareDuration,
  answer_time: bareTime,
  answer_label: bareAnswer,
  answer_ordinal: bareAnswer,
  answer_all: bareAnswer,
  answer_yes: bareAnswer,
  answer_no: bareAnswer,
  // Where followUp found nothing that they go on with.
  answer_city: timeInCity,
  answer_change: nothingToChange,
  answer_more: nothingToChange,
}

/** How the answer is named in records: `skill:time`, `skill:timer` ... */
export const skillNameOf = (intent: Intent): string => {
  const [family = intent] = intent.split('_')
  if (/^(time|date|weekday|timer|alarm|reminder|volume)_/.test(intent)) return `skill:${family}`
  if (/^(arithmetic|percent_of|power|square_root)$/.test(intent)) return 'skill:arithmetic'
  if (/^answer_/.test(intent)) return 'skill:answer'
  return `skill:${intent}`
}
