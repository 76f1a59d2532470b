import type { Understood } from '../grammar/grammar.ts'
import type { Intent } from '../grammar/intent.ts'

/** Their replies are made of the time, a level or a number that was said, and of nothing that anybody keeps. */
const common: ReadonlySet<Intent> = new Set<Intent>([
  'time_now',
  'time_in_city',
  'date_ask',
  'weekday_ask',
  'timer_set',
  'timer_set_open',
  'alarm_set_open',
  'reminder_set_open',
  'volume_set',
  'volume_up',
  'volume_down',
  'volume_mute',
  'volume_unmute',
  'volume_ask',
  'arithmetic',
  'percent_of',
  'power',
  'square_root',
  'convert',
  'stop',
  'cancel',
  'help',
  'who_are_you',
  'who_made_you',
  'are_you_human',
  'privacy',
  'hello',
  'how_are_you',
  'thanks',
  'goodbye',
  'good_morning',
  'good_night',
  'joke',
  'coin',
  'dice',
  'not_connected',
])

/** Whether anybody who says this may be answered the same: no name, no words of one's own are in the reply. */
export const isCommonlyAnswered = ({ intent, slots }: Understood): boolean =>
  common.has(intent) && Object.values(slots).every((slot) => slot?.type !== 'text')
